/**
 * What the phrase lists find in a sentence: actors of the gazetteer, acts of the lexicon, terms of topics.
 *
 * The rules are those of the library's kernels, whose plain statement is `nato_nlp/_kernels/phrases_reference.py`.
 */

import { CLOSING, COMMA, OPENING, readTokens, STOP, STRAIGHT } from "./tokens.js";

const AFTER = 0, BEFORE = 1, NOT_AFTER = 2; // conditions; the fourth kind is "not before"
export const MAIN = 0, SUBORDINATE = 1, BEHIND_BUT = 2; // clauses
const NEGATOR = 1, SUBORDINATOR = 2, BUT = 4, DETERMINER = 8; // what a function word does
const NEGATING = 1, SUBORDINATING = 2; // what two words do together
export const QUAD = 0, ROOT = 1, NEGATED = 2, WEAK = 3, NOUN = 4, VERB = 5; // facts of an entry of the lexicon
export const FACTS = 6;
const SAME = 9; // quad under negation of an entry that negation does not change
const NAME_REACH = 4, REACH = 5; // words around in which a condition must hold
const GAP = 6; // tokens within which the particle of a split verb follows
const BACK = 4; // tokens before a hit in which its negation stands
const UNKNOWN = 0;

/** A trie of phrases over numbered words. */
class Phrases {
  /**
   * @param {Object<string, ArrayLike>} arrays
   * @param {string} name of the list
   */
  constructor(arrays, name) {
    for (const [key, array] of Object.entries(arrays)) {
      if (key.startsWith(`${name}.`)) this[key.slice(name.length + 1)] = array;
    }
    this.numbers = new Map(Array.from(this.keys, (key, k) => [key, this.values[k]]));
    this.children = new Map(Array.from(this.up, (up, k) => [this.#edge(k + 1 - up, this.edge_words[k]), k + 1]));
  }

  #edge(node, word) {
    return node * 0x100000 + word;
  }

  /** @param {bigint} hash of a word @returns {number} its number, 0 for an unknown word */
  number(hash) {
    return this.numbers.get(hash) ?? UNKNOWN;
  }

  /**
   * Yield entries and end of each phrase that begins at a token, shorter ones first.
   * @param {ArrayLike<number>} words numbers of words, below 0 for marks
   */
  * at(words, begin) {
    let node = 0;
    for (let end = begin + 1; end <= words.length && words[end - 1] > 0; end += 1) {
      node = this.children.get(this.#edge(node, words[end - 1]));
      if (node === undefined) return;
      yield [this.node_entries.subarray(this.node_start[node], this.node_start[node + 1]), end];
    }
  }

  /** Tell whether the conditions of an entry hold around some words. */
  holds(entry, words, begin, end, reach) {
    for (let c = this.condition_start[entry]; c < this.condition_start[entry + 1]; c += 1) {
      const kind = this.condition_kind[c];
      if (this.#meets(c, words, begin, end, reach) !== (kind === AFTER || kind === BEFORE)) return false;
    }
    return true;
  }

  /** Tell whether a word of a condition stands on its side, before any full stop. */
  #meets(condition, words, begin, end, reach) {
    const wanted = this.set_words.subarray(this.set_start[condition], this.set_start[condition + 1]);
    const ahead = this.condition_kind[condition] === AFTER || this.condition_kind[condition] === NOT_AFTER;
    for (let step = 0, k = ahead ? end : begin - 1; step < reach; step += 1, k += ahead ? 1 : -1) {
      if (k < 0 || k >= words.length || words[k] === STOP) return false;
      if (words[k] > 0 && wanted.includes(words[k])) return true;
    }
    return false;
  }
}

/**
 * @typedef {object} Hit an act of the lexicon
 * @property {number} entry
 * @property {number} quad after negation
 * @property {number} clause
 * @property {boolean} negated
 * @property {boolean} quoted
 * @property {boolean} long whether it is several words in a row
 * @property {number} side 1 when an actor stands before, plus 2 when one stands behind
 * @property {number} begin of its negation, if it has one
 * @property {number} end
 */

/** The three lists, and what they find. */
export class PhraseLists {
  /** @param {Object<string, ArrayLike>} arrays of the model file */
  constructor(arrays) {
    this.names = new Phrases(arrays, "names");
    this.terms = new Phrases(arrays, "terms");
    this.lexicon = new Phrases(arrays, "lexicon");
    const { pairs } = this.lexicon;
    this.pairs = new Set();
    for (let k = 0; k < pairs.length; k += 3) this.pairs.add(`${pairs[k]} ${pairs[k + 1]} ${pairs[k + 2]}`);
  }

  /**
   * @param {string[]} points characters of a sentence
   * @returns {{mentions: object[], terms: object[], hits: Hit[], said: object[]}}
   */
  scan(points) {
    const tokens = readTokens(points);
    const mentions = this.#mentions(tokens);
    const words = this.#hidden(tokens, mentions);
    return { mentions, terms: this.#terms(tokens), hits: this.#hits(words), said: this.#said(words) };
  }

  /** Find the longest names from left to right; of a name's entries the first whose conditions hold. */
  #mentions(tokens) {
    const words = tokens.map(({ mark, cased }) => mark || this.names.number(cased));
    const found = [];
    for (let i = 0; i < words.length;) {
      let best = null;
      for (const [entries, end] of this.names.at(words, i)) {
        const entry = entries.find((e) => this.names.holds(e, words, i, end, NAME_REACH));
        if (entry !== undefined) best = { entry, first: i, last: end - 1 };
      }
      if (best) found.push({ ...best, begin: tokens[i].begin, end: tokens[best.last].end });
      i = best ? best.last + 1 : i + 1;
    }
    return found;
  }

  /** Find the longest terms from left to right; a term that is a name needs its capital. */
  #terms(tokens) {
    const words = tokens.map(({ mark, lower }) => mark || this.terms.number(lower));
    const found = [];
    for (let i = 0; i < words.length;) {
      let best = null;
      for (const [entries, end] of this.terms.at(words, i)) {
        const entry = entries.find((e) => this.#hasCapital(e, tokens, i));
        if (entry !== undefined) best = { entry, end };
      }
      if (best) found.push({ entry: best.entry, begin: tokens[i].begin, end: tokens[best.end - 1].end });
      i = best ? best.end : i + 1;
    }
    return found;
  }

  #hasCapital(entry, tokens, i) {
    const place = this.terms.cased[entry];
    return place === 0 || tokens[i + place - 1].cased !== tokens[i + place - 1].lower;
  }

  /** Return the tokens with numbers of the lexicon, each mention one unknown word, with its clause and quotation. */
  #hidden(tokens, mentions) {
    const starts = new Map(mentions.map((mention) => [mention.first, mention]));
    const words = [];
    for (let i = 0; i < tokens.length; i += 1) {
      const { mark, lower, begin, end } = tokens[i];
      const mention = starts.get(i);
      words.push(mention ? { number: UNKNOWN, begin, end: mention.end, isActor: true }
        : { number: mark || this.lexicon.number(lower), begin, end, isActor: false });
      if (mention) i = mention.last;
    }
    this.#markClauses(words);
    return words;
  }

  #flag(number, flag) {
    return number > 0 && (this.lexicon.flags[number] & flag) !== 0;
  }

  #isPair(words, i, kind) {
    return i + 1 < words.length && this.pairs.has(`${words[i].number} ${words[i + 1].number} ${kind}`);
  }

  #markClauses(words) {
    let quoted = false, subordinate = false, but = false;
    for (let i = 0; i < words.length; i += 1) {
      const { number } = words[i];
      if (number === STRAIGHT) quoted = !quoted;
      else if (number === OPENING || number === CLOSING) quoted = number === OPENING;
      else if (number === STOP || number === COMMA) subordinate = false;
      else if (this.#flag(number, SUBORDINATOR) || this.#isPair(words, i, SUBORDINATING)) subordinate = true;
      else if (this.#flag(number, BUT)) [subordinate, but] = [false, true];
      words[i].quoted = quoted;
      words[i].clause = subordinate ? SUBORDINATE : but ? BEHIND_BUT : MAIN;
    }
  }

  /** Return how many words a split verb has whose particle follows within the gap, 0 when it does not. */
  #splitLength(numbers, i, k) {
    const rest = this.lexicon.rest_words.subarray(this.lexicon.rest_start[k], this.lexicon.rest_start[k + 1]);
    for (let j = i + 1; j < Math.min(numbers.length, i + 1 + GAP); j += 1) {
      if (numbers[j] === STOP || numbers[j] === COMMA) return 0;
      if (numbers[j] === rest[0] && j > i + 1) return rest.every((word, m) => numbers[j + m] === word) ? rest.length + 1 : 0;
    }
    return 0;
  }

  /** Yield entry, end and length of each act that may begin at a word. */
  * #candidates(numbers, i) {
    for (const [entries, end] of this.lexicon.at(numbers, i)) {
      for (const entry of entries) yield [entry, end, end - i];
    }
    for (let k = this.lexicon.split_start[numbers[i]]; k < this.lexicon.split_start[numbers[i] + 1]; k += 1) {
      const length = this.#splitLength(numbers, i, k);
      if (length) yield [this.lexicon.split_entries[k], i + 1, length];
    }
  }

  /** Order candidates: longer, then with a condition, then strong, then of the right part of speech, then earlier. */
  #rank(entry, length, isNoun) {
    const { condition_start: start, entries } = this.lexicon;
    const framed = Number(start[entry + 1] > start[entry]);
    const strong = Number(entries[entry * FACTS + WEAK] === 0);
    const fitting = Number((entries[entry * FACTS + NOUN] === 1) === isNoun);
    return (((length * 2 + framed) * 2 + strong) * 2 + fitting) * 2 ** 24 - entry;
  }

  #bestAt(numbers, i) {
    const isNoun = i > 0 && this.#flag(numbers[i - 1], DETERMINER);
    let best = null, most = -1;
    for (const [entry, end, length] of this.#candidates(numbers, i)) {
      const rank = this.#rank(entry, length, isNoun);
      if (rank > most && this.lexicon.holds(entry, numbers, i, end, REACH)) [best, most] = [{ entry, end }, rank];
    }
    return best;
  }

  /** Return the place of the negation shortly before a word, -1 when there is none. */
  #negation(words, i) {
    for (let k = i - 1; k >= Math.max(0, i - BACK) && words[k].number !== STOP; k -= 1) {
      if (this.#flag(words[k].number, NEGATOR) || (k < i - 1 && this.#isPair(words, k, NEGATING))) return k;
    }
    return -1;
  }

  /** Find the acts from left to right; behind a split verb the search goes on at the next word. */
  #hits(words) {
    const numbers = words.map(({ number }) => number);
    const firstActor = words.findIndex(({ isActor }) => isActor);
    const lastActor = words.findLastIndex(({ isActor }) => isActor);
    const hits = [];
    for (let i = 0; i < words.length;) {
      const best = numbers[i] > 0 ? this.#bestAt(numbers, i) : null;
      if (best) {
        const side = firstActor < 0 ? 0 : Number(firstActor < i) + 2 * Number(lastActor > i);
        hits.push({ ...this.#hit(words, i, best), side });
      }
      i = best ? best.end : i + 1;
    }
    return hits;
  }

  #hit(words, i, { entry, end }) {
    const facts = this.lexicon.entries.subarray(entry * FACTS, (entry + 1) * FACTS);
    const negation = facts[NEGATED] === SAME ? -1 : this.#negation(words, i);
    const { clause, quoted } = words[i];
    return {
      entry, facts, clause, quoted, negated: negation >= 0, quad: facts[negation >= 0 ? NEGATED : QUAD], long: end - i > 1,
      begin: words[negation < 0 ? i : negation].begin, end: words[end - 1].end,
    };
  }

  /** Return the function words that are counted. */
  #said(words) {
    return words.filter(({ number }) => number > 0 && this.lexicon.function[number] > 0)
      .map(({ number, begin, end }) => ({ number: this.lexicon.function[number] - 1, begin, end }));
  }
}
