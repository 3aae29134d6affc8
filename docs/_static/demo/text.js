/**
 * From a pasted text to sentences, and what is site furniture rather than news.
 */

// Python's white space and word characters; JavaScript's own classes know ASCII words, and other white space
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const TRIM = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "gu");
const SPACES = new RegExp(`[${BLANK}]+`, "u");
const SPACE = new RegExp(`[${BLANK}]`, "u");
const WORD = /[\p{L}\p{N}_]/u;
const SAYS = /[\p{L}\p{N}]/u;

const TITLES = new RegExp(
  "\\b(?:Adm|Amb|Brig|Capt|Cdr|Cmdr|Cmdt|Col|Cpl|Dr|Fr|Gen|Gov|Hon|Lt|Maj|Messrs|Mr|Mrs|Ms|Msgr|Mt|Pres|Prof|Rep|Reps|Rev"
  + "|Sen|Sens|Sgt|St|No|vs|Jan|Feb|Aug|Sept|Oct|Nov|Dec)\\.$",
);
const INITIALS = /\b[A-Z]\.$/;
const END = /[.!?]["”’»)\]]*\s+(?=["“‘«([]?[\p{Lu}\p{N}])/gu;

/** @param {string} point a character @returns {boolean} */
export const isWord = (point) => WORD.test(point);
/** @param {string} point a character @returns {boolean} */
export const isSpace = (point) => SPACE.test(point);
/** @param {string} text @returns {boolean} whether there is a letter or digit */
export const saysSomething = (text) => SAYS.test(text);
/** @param {string} text @returns {string} */
export const trimmed = (text) => text.replace(TRIM, "");

/**
 * Split a text at line breaks and behind sentences. The library's own splitter, which is trained, does it better: here a full
 * stop ends a sentence unless it stands behind a title or an initial.
 * @param {string} text
 * @returns {string[]} sentences that hold a letter or digit
 */
export function splitSentences(text) {
  const found = [];
  for (const line of text.split(/\r\n|[\n\r\u2028\u2029]/)) {
    let start = 0;
    for (const match of line.matchAll(END)) {
      const stop = match.index + 1;
      const before = line.slice(Math.max(start, stop - 10), stop);
      if (TITLES.test(before) || INITIALS.test(before)) continue;
      found.push(line.slice(start, match.index + match[0].length));
      start = match.index + match[0].length;
    }
    found.push(line.slice(start));
  }
  return found.map(trimmed).filter(saysSomething);
}

/** The rules for site furniture that the library has, out of the model file. */
export class Furniture {
  /** @param {object} rules */
  constructor(rules) {
    this.rules = rules;
    this.sections = new Set(rules.sections);
    this.sectionWords = new Set(rules.section_words);
    this.buttons = new Set([...rules.buttons, ""]);
    this.starting = new RegExp(`^(?:${rules.starting})`, "iu");
    this.bylines = rules.bylines.map((rule) => new RegExp(`^(?:${rule})`, "u"));
    this.anywhere = Object.entries(rules.anywhere).map(([word, rule]) => [word, new RegExp(rule, "iu")]);
  }

  /** @param {string} text a sentence or line @returns {boolean} whether a rule takes it for site furniture */
  finds(text) {
    const line = trimmed(text);
    if (!line || Array.from(line).length > this.rules.longest) return false;
    const lower = line.toLowerCase();
    const words = lower.replace(/[.:!]+$/, "").split(SPACES).filter(Boolean);
    return this.#isMenu(words) || this.starting.test(line) || this.bylines.some((rule) => rule.test(line))
      || this.anywhere.some(([word, rule]) => lower.includes(word) && rule.test(line));
  }

  /** Tell whether there are only names of sections, or only buttons. */
  #isMenu(words) {
    if (words.length <= this.rules.section_length && words.every((word) => this.sectionWords.has(word))
        && words.some((word) => this.sections.has(word))) return true;
    const bare = words.map((word) => word.replace(/^[|·,/]+|[|·,/]+$/g, ""));
    return bare.length <= this.rules.button_length && bare.every((word) => this.buttons.has(word));
  }
}
