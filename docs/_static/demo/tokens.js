/**
 * Tokens of a sentence, as the library's phrase lists see them: words as hashes, and the marks that tell clauses apart.
 *
 * Places count characters (code points), not JavaScript's 16-bit units: a text is an array of characters here.
 */

import { isWord } from "./text.js";

export const STOP = -1;
export const COMMA = -2;
export const STRAIGHT = -3;
export const OPENING = -4;
export const CLOSING = -5;
const OTHER = -6;
const MARKS = {
  "!": STOP, "?": STOP, ";": STOP, ":": STOP, ",": COMMA, '"': STRAIGHT, "“": OPENING, "”": CLOSING,
  "(": OTHER, ")": OTHER, "–": OTHER, "—": OTHER,
};

const SEED = 0xcbf29ce484222325n;
const MIXER = 0xd6e8feb86659fd93n;

/**
 * @typedef {object} Token
 * @property {number} mark 0 for a word, else which mark
 * @property {bigint} cased hash of the word
 * @property {bigint} lower hash of the word in lower case
 * @property {number} begin
 * @property {number} end
 */

/** Hash a word as the model file does, in 64 bits. */
function hashed(codes) {
  let digest = SEED;
  for (const code of codes) {
    digest = BigInt.asUintN(64, (digest ^ BigInt(code)) * MIXER);
    digest ^= digest >> 29n;
  }
  return digest | 1n;
}

const known = new Map(); // words recur, and 64 bits are slow

/** @param {string} word @returns {{cased: bigint, lower: bigint}} */
function hashes(word) {
  if (!known.has(word)) {
    const points = Array.from(word);
    // the lower case of U+0130 is two characters: it counts as 0
    const lower = points.map((point) => (point === "İ" ? 0 : point.toLowerCase().codePointAt(0)));
    known.set(word, { cased: hashed(points.map((point) => point.codePointAt(0))), lower: hashed(lower) });
  }
  return known.get(word);
}

/** Tell whether a full stop ends something: it stands neither within a number or a name nor behind an initial. */
function isStop(points, k) {
  if (k + 1 < points.length && isWord(points[k + 1])) return false;
  return !(k > 0 && isWord(points[k - 1]) && (k === 1 || !isWord(points[k - 2])));
}

/** @returns {number} which mark a character is, 0 for none */
function markAt(points, k) {
  if (points[k] === ".") return isStop(points, k) ? STOP : 0;
  if (points[k] === "-") return points[k + 1] === "-" ? OTHER : 0;
  return MARKS[points[k]] ?? 0;
}

const isApostrophe = (point) => point === "'" || point === "’";

/** Tell whether a word only follows an apostrophe inside a longer one ("Russia's", "don't"). */
function isTail(points, first, end) {
  return end - first <= 2 && first >= 2 && isApostrophe(points[first - 1]) && isWord(points[first - 2]);
}

/** Tell whether a word that ends before a place goes on as in "won't": without it, the word is another. */
function hasNot(points, end) {
  return end + 1 < points.length && /[nN]/.test(points[end - 1]) && isApostrophe(points[end])
    && /[tT]/.test(points[end + 1]) && !(end + 2 < points.length && isWord(points[end + 2]));
}

/**
 * @param {string[]} points characters of a sentence
 * @returns {Token[]}
 */
export function readTokens(points) {
  const found = [];
  let k = 0;
  while (k < points.length) {
    const begin = k;
    while (k < points.length && isWord(points[k])) k += 1;
    if (k === begin) {
      const mark = markAt(points, k);
      k += 1;
      if (mark) found.push({ mark, cased: 0n, lower: 0n, begin, end: k });
    } else if (!isTail(points, begin, k)) {
      let word = points.slice(begin, k).join("");
      if (hasNot(points, k)) {
        word += `'${points[k + 1]}`;
        k += 2;
      }
      found.push({ mark: 0, ...hashes(word), begin, end: k });
    }
  }
  return found;
}
