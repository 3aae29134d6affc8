/**
 * The columns that a sentence has, their values, and where in the sentence each of them comes from.
 */

import { BEHIND_BUT, MAIN, PhraseLists, ROOT, QUAD, VERB, WEAK } from "./phrases.js";
import { lines } from "./tensors.js";
import { isSpace, isWord } from "./text.js";

export const KINDS = ["cue", "word", "char", "actor", "topic"];
const DOTTED = "İ"; // the one character whose lower case is two
const TOPICS_OF_TERM = 3;

/**
 * @typedef {object} Columns
 * @property {Map<number, {value: number, kind: number}>} values by column
 * @property {[number, number, number][]} spans column, begin and end in characters; none for what is of the whole sentence
 */

/** Lower-case characters as the library does; also tell which character each character of the result is of. */
function lowered(points) {
  // of the same length, and with the small sigma that its neighbours ask for
  const whole = Array.from(points.map((point) => (point === DOTTED ? "i" : point)).join("").toLowerCase());
  const lower = [], origins = [];
  points.forEach((point, k) => {
    for (const letter of point === DOTTED ? ["i", "\u0307"] : [whole[k]]) {
      lower.push(letter);
      origins.push(k);
    }
  });
  return { lower, origins };
}

/** Yield the runs of characters that belong together. */
function* runs(points, belongs) {
  for (let start = 0, k = 0; k <= points.length; k += 1) {
    if (k < points.length && belongs(points[k])) continue;
    if (k > start) yield [start, k];
    start = k + 1;
  }
}

/** Yield term, begin and end of each n-gram of words. */
function* wordGrams({ lower, origins }, [low, high]) {
  const words = [...runs(lower, isWord)].filter(([a, b]) => b - a >= 2);
  const spelled = words.map(([a, b]) => lower.slice(a, b).join(""));
  for (let n = low; n <= high; n += 1) {
    for (let i = 0; i + n <= words.length; i += 1) {
      yield [spelled.slice(i, i + n).join(" "), origins[words[i][0]], origins[words[i + n - 1][1] - 1] + 1];
    }
  }
}

/** Yield term, begin and end of each n-gram of characters inside a word that is padded by spaces. */
function* charGrams({ lower, origins }, [low, high]) {
  for (const [start, end] of runs(lower, (point) => !isSpace(point))) {
    const padded = [" ", ...lower.slice(start, end), " "];
    const least = Math.min(low, padded.length);
    for (let n = least; n <= Math.max(least, Math.min(high, padded.length)); n += 1) {
      for (let p = 0; p + n <= padded.length; p += 1) {
        const left = Math.min(Math.max(start + p - 1, start), end - 1);
        const right = Math.max(Math.min(start + p + n - 2, end - 1), start);
        yield [padded.slice(p, p + n).join(""), origins[left], origins[right] + 1];
      }
    }
  }
}

/** Turns sentences into columns. */
export class Features {
  /**
   * @param {object} header
   * @param {Object<string, ArrayLike>} arrays of the model file
   */
  constructor(header, arrays) {
    this.header = header;
    this.lists = new PhraseLists(arrays);
    this.topics = arrays["terms.columns"];
    this.blocks = [];
    let column = header.cues.columns;
    for (const [name, generate, kind] of [["word", wordGrams, 1], ["char", charGrams, 2]]) {
      const terms = new Map(lines(arrays[`${name}.terms`]).map((term, k) => [term, k]));
      const idf = Array.from(arrays[`${name}.idf`], (place) => arrays[`${name}.idfs`][place]);
      this.blocks.push({ terms, idf, generate, kind, lengths: header[name], first: column });
      column += terms.size;
    }
    this.firstActor = column;
    this.#readSenses(arrays);
    this.firstTopic = column + this.actorColumns;
  }

  /** Note for each entry of the gazetteer its columns and what stands for its name in n-grams. */
  #readSenses(arrays) {
    const { kinds, regions, region_columns: areas, kind_columns: names } = this.header.actors;
    const stored = lines(arrays["names.codes"]), codes = new Map(lines(arrays["actor.codes"]).map((code, k) => [code, k]));
    this.actorColumns = areas.length + names.length + codes.size;
    this.senses = [];
    const rows = arrays["names.senses"];
    for (let k = 0; k < rows.length; k += 3) {
      const code = stored[rows[k]], kind = kinds[rows[k + 1]], region = areas.indexOf(regions[rows[k + 2]]);
      const columns = names.includes(kind) ? [areas.length + names.indexOf(kind)] : [];
      if (columns.length && region >= 0) columns.push(region);
      if (columns.length && codes.has(code)) columns.push(areas.length + names.length + codes.get(code));
      this.senses.push({ columns: columns.map((c) => c + this.firstActor), word: this.header.placeholders[kind] });
    }
  }

  /**
   * @param {string} text a sentence
   * @returns {Columns}
   */
  of(text) {
    const points = Array.from(text);
    const found = this.lists.scan(points);
    const columns = { values: new Map(), spans: [] };
    this.#addCues(columns, found);
    this.#addGrams(columns, this.#masked(points, found.mentions));
    this.#addMarks(columns, found.mentions, 3, (mention) => this.senses[mention.entry].columns);
    this.#addMarks(columns, found.terms, 4, ({ entry }) => this.#topicColumns(entry));
    return columns;
  }

  #topicColumns(entry) {
    const numbers = this.topics.subarray(entry * TOPICS_OF_TERM, (entry + 1) * TOPICS_OF_TERM);
    return Array.from(numbers).filter(Boolean).map((number) => this.firstTopic + number - 1);
  }

  /** Put what stands for a kind of name in the place of each name; keep the span that each character is of. */
  #masked(points, mentions) {
    const masked = [], spans = [];
    let place = 0;
    const copy = (stop) => {
      for (; place < stop; place += 1) {
        masked.push(points[place]);
        spans.push([place, place + 1]);
      }
    };
    for (const { entry, begin, end } of mentions) {
      const { word } = this.senses[entry];
      if (word === undefined) continue;
      copy(begin);
      for (const letter of word) {
        masked.push(letter);
        spans.push([begin, end]);
      }
      place = end;
    }
    copy(points.length);
    return { points: masked, spans };
  }

  /** Add TF-IDF of n-grams: each block has length 1, before its scale. */
  #addGrams({ values, spans }, { points, spans: places }) {
    const text = lowered(points);
    for (const { terms, idf, generate, kind, lengths, first } of this.blocks) {
      const counts = new Map();
      for (const [term, begin, end] of generate(text, lengths)) {
        const k = terms.get(term);
        if (k === undefined) continue;
        counts.set(k, (counts.get(k) ?? 0) + 1);
        spans.push([first + k, places[begin][0], places[end - 1][1]]);
      }
      const weights = [...counts].map(([k, count]) => [k, (1 + Math.log(count)) * idf[k]]);
      const norm = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
      for (const [k, weight] of weights) values.set(first + k, { value: (weight / norm) * this.header.scales.ngram_scale, kind });
    }
  }

  /** Add columns that are there or not: actors and topics. */
  #addMarks({ values, spans }, found, kind, columnsOf) {
    const value = kind === 3 ? this.header.scales.actor_scale : this.header.scales.topic_scale;
    for (const item of found) {
      for (const column of columnsOf(item)) {
        values.set(column, { value, kind });
        spans.push([column, item.begin, item.end]);
      }
    }
  }

  /** Count cues: a count c is worth the root of c, and no more than that of the largest. */
  #addCues({ values, spans }, { hits, said }) {
    const counts = new Map();
    const add = (kind, place, hit, count = 1) => {
      const column = this.#cue(kind, place);
      counts.set(column, (counts.get(column) ?? 0) + count);
      if (hit) spans.push([column, hit.begin, hit.end]);
    };
    for (const hit of hits) addEach(hit, add);
    const strong = hits.filter(({ facts }) => !facts[WEAK]);
    add("strong", [Math.min(4, strong.length)]);
    if (hits.length) addOrder(strong.length ? strong : hits, add);
    else add("none", [0]);
    for (const word of said) add("function", [word.number], word);
    const { most, scales: { cue_scale: scale } } = this.header;
    for (const [column, count] of counts) values.set(column, { value: Math.sqrt(Math.min(most, count)) * scale, kind: 0 });
  }

  #cue(kind, place) {
    const { first, shapes } = this.header.cues;
    return first[kind] + shapes[kind].reduce((sum, size, k) => sum * size + place[k], 0);
  }
}

/** Add what an act says by itself. */
function addEach(hit, add) {
  const { facts, quad, clause, side } = hit;
  const weak = facts[WEAK], root = facts[ROOT], negated = Number(hit.negated);
  add("quad", [weak, quad], hit);
  add("quad_clause", [weak, quad, clause], hit);
  add("root", [weak, root, negated], hit);
  add("root_clause", [weak, root, negated, clause], hit);
  add("side", [side, quad], hit);
  if (hit.negated) add("negated", [facts[QUAD]], hit);
  if (hit.quoted) add("quoted", [quad], hit);
  if (hit.long) add("long", [quad], hit);
}

/** Add what comes first, last and in a row among acts. */
function addOrder(hits, add) {
  for (let k = 1; k < hits.length; k += 1) {
    const place = [hits[k - 1].quad, hits[k].quad];
    add("bigram", place, hits[k - 1]);
    add("bigram", place, hits[k], 0); // one bigram, of two acts
  }
  const main = hits.filter(({ clause }) => clause === MAIN);
  const ends = {
    first: hits[0],
    last: hits.at(-1),
    first_main: main[0],
    last_main: main.at(-1),
    first_but: hits.find(({ clause }) => clause === BEHIND_BUT),
    first_verb: hits.find(({ facts }) => facts[VERB]),
  };
  for (const [name, hit] of Object.entries(ends)) {
    if (hit) add(name, [hit.quad], hit);
  }
  for (const name of ["first", "first_main"]) {
    if (ends[name]) add(`${name}_root`, [ends[name].facts[ROOT]], ends[name]);
  }
}
