/**
 * The tagger of nato_nlp in the browser: stance, quad, topics of sentences, and the words that decided. No dependencies.
 *
 *     import { loadTagger } from "./nato_nlp.js";
 *     const tagger = await loadTagger("model.gz");
 *     tagger.tag("Peru condemned the raid.").stance;  // "dispute"
 *
 * It computes what the Python library computes with the same model file (`nato_nlp.models.web_model`).
 */

import { mergedPhrases } from "./evidence.js";
import { Features } from "./features.js";
import { readTensors } from "./tensors.js";
import { Furniture, saysSomething, splitSentences } from "./text.js";

const FORMAT = "nato_nlp.web";
const VERSION = 1;

/**
 * @typedef {object} Tagged
 * @property {string} text
 * @property {boolean} boilerplate whether it is site furniture and no news
 * @property {string} stance
 * @property {string} quad
 * @property {Object<string, number>} stanceProba
 * @property {Object<string, number>} quadProba
 * @property {Object<string, number>} topicProba of every topic
 * @property {string[]} topics those whose probability reaches their threshold
 */

/**
 * @typedef {object} Evidence
 * @property {string} label
 * @property {string|null} against the quad that the label is held against; null for a topic
 * @property {number} difference the score that is explained, before calibration
 * @property {number} intercept the score without any word
 * @property {number} whole what comes from the sentence as a whole
 * @property {import("./evidence.js").Phrase[]} phrases the strongest first
 */

/** @param {string|URL} url of a model file @returns {Promise<Tagger>} */
export async function loadTagger(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the model is not there: ${response.status} ${response.statusText}`);
  return readTagger(new Uint8Array(await response.arrayBuffer()));
}

/** @param {Uint8Array} bytes of a model file @returns {Promise<Tagger>} */
export async function readTagger(bytes) {
  const { header, arrays } = await readTensors(bytes, FORMAT);
  if (header.version !== VERSION) throw new Error(`the model must be of version ${VERSION}, got ${header.version}`);
  return new Tagger(header, arrays);
}

const sigmoid = (score) => 1 / (1 + Math.exp(-score));
const indexOfMost = (numbers) => numbers.indexOf(Math.max(...numbers));

/** Tags sentences; see `loadTagger`. */
export class Tagger {
  /**
   * @param {object} header
   * @param {Object<string, ArrayLike>} arrays
   */
  constructor(header, arrays) {
    this.header = header;
    this.features = new Features(header, arrays);
    this.furniture = new Furniture(header.boilerplate);
    this.grams = { weights: arrays["weights.grams"], scales: arrays["scales.grams"] };
    this.others = { weights: arrays["weights.others"], scales: arrays["scales.others"] };
    this.quads = header.labels.quads;
    this.topics = header.labels.topics;
    this.heads = header.heads.intercept.length;
    this.last = { text: null, columns: null };
  }

  /** @param {string} text @returns {Tagged[]} a text split into sentences, each tagged */
  tagText(text) {
    return splitSentences(text).map((sentence) => this.tag(sentence));
  }

  /** @param {string} text a sentence @returns {Tagged} */
  tag(text) {
    const scores = this.#scores(text);
    const quads = this.#quadProba(scores);
    const binary = this.#binaryProba(scores);
    const { thresholds } = this.header.heads;
    const boilerplate = this.furniture.finds(text)
      || (this.header.labels.boilerplate && saysSomething(text) && binary.at(-1) >= thresholds.at(-1));
    const { quads: all } = this.header.codebook;
    // by the codebook, site furniture is neutral and about nothing
    if (boilerplate) quads.forEach((_, k) => (quads[k] = Number(all[k] === "neutral")));
    const topicProba = this.topics.map((_, k) => (boilerplate ? 0 : binary[k]));
    const named = (names, numbers) => Object.fromEntries(names.map((name, k) => [name, numbers[k]]));
    return {
      text, boilerplate, ...this.#decided(quads), quadProba: named(all, quads), topicProba: named(this.topics, topicProba),
      topics: this.topics.filter((_, k) => !boilerplate && binary[k] >= thresholds[k]),
    };
  }

  /** Choose the stance of the largest sum, and the likeliest quad inside it. */
  #decided(quads) {
    const { stances, quads: all, stance_of_quad: of } = this.header.codebook;
    const sums = stances.map((_, s) => quads.reduce((sum, proba, k) => sum + (of[k] === s ? proba : 0), 0));
    const stance = indexOfMost(sums);
    const quad = indexOfMost(quads.map((proba, k) => (of[k] === stance ? proba : -1)));
    return {
      stance: stances[stance], quad: all[quad], stanceProba: Object.fromEntries(stances.map((name, k) => [name, sums[k]])),
    };
  }

  /**
   * Explain the score of a label.
   * @param {string} text a sentence
   * @param {string} label a stance, quad or topic
   * @returns {Evidence}
   */
  evidence(text, label) {
    const { intercept } = this.header.heads;
    const columns = this.#columns(text), scores = this.#scores(text);
    const { own, other } = this.#sides(label, scores);
    const less = (of) => of(own) - (other === null ? 0 : of(other));
    const { phrases, whole } = mergedPhrases(text, columns, (column) => less((head) => this.#weight(column, head)));
    phrases.sort((a, b) => Math.abs(b.pull) - Math.abs(a.pull) || a.start - b.start);
    return {
      label, phrases, whole, against: other === null ? null : this.quads[other],
      difference: less((head) => scores[head]), intercept: less((head) => intercept[head]),
    };
  }

  /** Return the head that is explained and the one that it is held against: the strongest outside the label. */
  #sides(label, scores) {
    const { stances, quads: all, stance_of_quad: of } = this.header.codebook;
    const strongest = (heads) => heads.reduce((best, k) => (scores[k] > scores[best] ? k : best));
    const heads = this.quads.map((_, k) => k);
    const inside = heads.filter((k) => this.quads[k] === label || stances[of[all.indexOf(this.quads[k])]] === label);
    if (!inside.length) return { own: this.quads.length + this.topics.indexOf(label), other: null };
    return { own: strongest(inside), other: strongest(heads.filter((k) => !inside.includes(k))) };
  }

  /** The columns of a sentence; the last one's are kept, since its evidence is asked for next. */
  #columns(text) {
    if (this.last.text !== text) {
      const nothing = { values: new Map(), spans: [] };
      this.last = { text, columns: saysSomething(text) ? this.features.of(text) : nothing };
    }
    return this.last.columns;
  }

  #weight(column, head) {
    const { columns } = this.header.cues, { firstActor } = this.features;
    const isGram = column >= columns && column < firstActor;
    const { weights, scales } = isGram ? this.grams : this.others;
    const row = isGram ? column - columns : column < columns ? column : column - (firstActor - columns);
    return Math.fround(weights[row * this.heads + head] * scales[head]);
  }

  #scores(text) {
    const scores = [...this.header.heads.intercept];
    for (const [column, { value }] of this.#columns(text).values) {
      for (let head = 0; head < this.heads; head += 1) scores[head] += value * this.#weight(column, head);
    }
    return scores;
  }

  /** Return probabilities of all quads of the codebook; 0 for one without a head. */
  #quadProba(scores) {
    const own = scores.slice(0, this.quads.length).map((score) => score / this.header.heads.temperature);
    const powers = own.map((score) => Math.exp(score - Math.max(...own)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return this.header.codebook.quads.map((quad) => (this.quads.includes(quad) ? powers[this.quads.indexOf(quad)] / total : 0));
  }

  #binaryProba(scores) {
    const { slopes, offsets } = this.header.heads;
    return slopes.map((slope, k) => sigmoid(scores[this.quads.length + k] * slope + offsets[k]));
  }
}
