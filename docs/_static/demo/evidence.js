/**
 * From pulls of overlapping spans to readable phrases: whole words, each pull counted once (as `nato_nlp/explain/merge.py`).
 */

import { KINDS } from "./features.js";

// a word with the punctuation around it, or punctuation that stands alone; the first group is what is shown
const UNIT = /[^\p{L}\p{N}_\s]*([\p{L}\p{N}_]+(?:['’.][\p{L}\p{N}_]+)*)[^\p{L}\p{N}_\s]*|([^\p{L}\p{N}_\s]+)/dgu;
const CUE = KINDS.indexOf("cue");
const WHOLE = KINDS.map((kind) => kind !== "word" && kind !== "char"); // spans that are phrases by themselves
const LINK = 0.25; // n-grams join two words when they are worth this share of the stronger one's pull
const MOST_WORDS = 5; // that are joined to a phrase, unless one hit, term or name is longer

/**
 * @typedef {object} Phrase
 * @property {string} text
 * @property {number} start in characters
 * @property {number} end
 * @property {number} pull what it adds to the score; below 0 it speaks against the label
 * @property {Object<string, number>} parts the pull by kind of feature
 */

/** Return where words begin, the last one's end, and what is shown of each. */
function wordsOf(text) {
  const at = []; // character of each 16-bit unit
  let count = 0;
  for (const point of text) for (let k = 0; k < point.length; k += 1) at.push(k ? count - 1 : count++);
  at.push(count);
  const matches = [...text.matchAll(UNIT)];
  const starts = matches.map((match, k) => (k ? at[match.index] : 0));
  return { starts, shown: matches.map(({ indices }) => (indices[1] ?? indices[2]).map((unit) => at[unit])) };
}

/** Return the last word that begins at or before a character. */
function wordAt(starts, character) {
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= character) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Merge the pulls of columns into phrases.
 * @param {string} text
 * @param {import("./features.js").Columns} columns
 * @param {(column: number) => number} weight what one unit of a column adds to the score
 * @returns {{phrases: Phrase[], whole: number}} phrases in order of the text; what comes from the sentence as a whole
 */
export function mergedPhrases(text, columns, weight) {
  const { starts, shown } = wordsOf(text);
  const times = new Map();
  if (shown.length) for (const [column] of columns.spans) times.set(column, (times.get(column) ?? 0) + 1);
  let whole = 0;
  for (const [column, { value }] of columns.values) if (!times.has(column)) whole += value * weight(column);
  const parts = shown.map(() => KINDS.map(() => 0));
  const links = shown.map(() => 0), joined = shown.map(() => false);
  for (const [column, begin, end] of shown.length ? columns.spans : []) {
    const { value, kind } = columns.values.get(column);
    const pull = (value * weight(column)) / times.get(column);
    if (!pull) continue;
    const first = wordAt(starts, begin), last = Math.max(first, wordAt(starts, end - 1));
    for (let k = first; k <= last; k += 1) parts[k][kind] += pull / (last - first + 1);
    for (let k = first; k < last; k += 1) {
      if (WHOLE[kind]) joined[k] = true;
      else links[k] += pull;
    }
  }
  joinNeighbours(parts, links, joined);
  return { phrases: phrasesOf(text, shown, parts, joined), whole };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Join neighbouring words that pull the same way, the strongest pairs first, as long as phrases stay short. */
function joinNeighbours(parts, links, joined) {
  const pulls = parts.map(sum);
  const pairs = [];
  for (let k = 0; k + 1 < parts.length; k += 1) {
    const [left, right] = [pulls[k], pulls[k + 1]];
    const isStrong = links[k] * left > 0 && Math.abs(links[k]) >= LINK * Math.max(Math.abs(left), Math.abs(right));
    const areActs = parts[k][CUE] * left > 0 && parts[k + 1][CUE] * right > 0;
    if (left * right > 0 && (isStrong || areActs) && !joined[k]) pairs.push([Math.min(Math.abs(left), Math.abs(right)), k]);
  }
  pairs.sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, k] of pairs) {
    let begin = k, end = k + 1;
    while (begin > 0 && joined[begin - 1] && end - begin < MOST_WORDS) begin -= 1;
    while (joined[end] && end - begin < MOST_WORDS) end += 1;
    if (end - begin < MOST_WORDS) joined[k] = true;
  }
}

function phrasesOf(text, shown, parts, joined) {
  const points = Array.from(text), found = [];
  for (let first = 0, k = 0; k < shown.length; k += 1) {
    if (joined[k]) continue;
    const rows = parts.slice(first, k + 1);
    const sums = KINDS.map((_, kind) => sum(rows.map((row) => row[kind])));
    const [start, end] = [shown[first][0], shown[k][1]];
    if (sums.some(Boolean)) {
      const named = Object.fromEntries(KINDS.map((kind, i) => [kind, sums[i]]).filter(([, pull]) => pull));
      found.push({ text: points.slice(start, end).join(""), start, end, pull: sum(sums), parts: named });
    }
    first = k + 1;
  }
  return found;
}
