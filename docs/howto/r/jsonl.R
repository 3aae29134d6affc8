suppressPackageStartupMessages(library(dplyr))

tags <- jsonlite::stream_in(file("tagged.jsonl"), verbose = FALSE)

# probabilities are data frames within the data frame, as arrow gives them, too
names(tags$stance_proba)

tags |>
  filter(!boilerplate) |>
  mutate(p_dispute = stance_proba$dispute) |>
  group_by(stance) |>
  summarise(sentences = n(), mean_p_dispute = round(mean(p_dispute), 1))

# topics, actors and dyads are list columns: one vector or data frame a sentence
tags$topics[[2]]
acts <- bind_rows(lapply(tags$dyads, function(one) if (length(one)) one[c("source", "target", "stance")]))
head(acts, 3)
