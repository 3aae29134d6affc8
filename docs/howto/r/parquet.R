# not run here
# install.packages(c("arrow", "dplyr"))
library(arrow)
library(dplyr)

tags <- read_parquet("tagged.parquet")
table(tags$stance)
tags$p_dispute <- tags$stance_proba$dispute # a data frame within the data frame
tags$n_topics <- lengths(tags$topics) # a list column

# a folder of parts, without loading it
open_dataset("tagged", format = "parquet") |>
  filter(!boilerplate) |>
  count(doc, stance) |>
  collect()
