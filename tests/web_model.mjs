// Tags sentences with the demo's module, for test_web_model.py: model file and JSON in, JSON out.
import { readFileSync } from "node:fs";
import { readTagger } from "./nato_nlp.js";

const [modelFile, sentencesFile] = process.argv.slice(2);
const tagger = await readTagger(new Uint8Array(readFileSync(modelFile)));
const { sentences, explained, documents, lines } = JSON.parse(readFileSync(sentencesFile, "utf8"));
const tags = sentences.map((text) => tagger.tag(text));
const evidence = explained.map(([text, label]) => tagger.evidence(text, label));
const split = documents.map((text) => tagger.tagText(text).map((tagged) => tagged.text));
const furniture = lines.map((line) => tagger.furniture.finds(line));
process.stdout.write(JSON.stringify({ tags, evidence, split, furniture }));
