tags <- read.csv("tagged.csv", na.strings = "", stringsAsFactors = FALSE)
tags$boilerplate <- tags$boilerplate == "true"
body <- tags[!tags$boilerplate, ]

table(body$stance, body$quad)

# probabilities are columns called stance_proba.dispute and so on
round(mean(body$stance_proba.dispute), 1)

# topics are joined by ";": a list of character vectors
topics <- strsplit(ifelse(is.na(body$topics), "", body$topics), ";", fixed = TRUE)
sort(table(unlist(topics)), decreasing = TRUE)

# acts are written as SOURCE>TARGET:stance
acts <- unlist(strsplit(na.omit(body$dyads), ";", fixed = TRUE))
head(data.frame(
  source = sub(">.*", "", acts),
  target = sub(".*>(.*):.*", "\\1", acts),
  stance = sub(".*:", "", acts)
), 3)

# offsets count characters from 0, the end is exclusive
story <- paste(readLines("sample.txt", encoding = "UTF-8"), collapse = "\n")
identical(substr(story, body$start[1] + 1, body$end[1]), body$text[1])
