/**
 * The demo page: what is typed or pasted goes to the tagger in this page, and nowhere else.
 */

import { loadTagger } from "./nato_nlp.js";
import { splitSentences } from "./text.js";

const SIGNS = { cooperation: "▲", dispute: "▼", neutral: "●" };
const LEVELS = [0.15, 0.3, 0.6]; // shares of the strongest phrase from which a phrase is marked faintly, clearly, strongly
const STRENGTHS = ["", "faintly", "clearly", "strongly"];
const FAINT = 1; // where no phrase pulls more than that, none is marked as if it were strong
const SOURCES = { cue: "lexicon", word: "words", char: "parts of words", actor: "actors", topic: "topic terms" };
const ROWS = 8; // phrases in the table of evidence
const PAUSE = 12; // milliseconds of work between two looks at what the reader does
const NARROW = matchMedia("(max-width: 959px)"); // here the evidence stands below its sentence, else beside all

const byId = (id) => document.getElementById(`demo-${id}`);
const [form, input, status, results, list, panel] = ["form", "text", "status", "results", "lines", "evidence"].map(byId);
const asset = (name) => new URL(name, import.meta.url);

/** Make an element; text is always set as text, never as HTML. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const spoken = (name) => name.replaceAll("_", " ");
const signed = (pull) => (pull < 0 ? "−" : "+") + Math.abs(pull).toFixed(2);

/** Return how strongly a pull is marked, from 0 to 3. */
function levelOf(pull, strongest) {
  return LEVELS.filter((share) => Math.abs(pull) >= share * Math.max(strongest, FAINT)).length;
}

/** Return a sentence piece by piece, with the phrases marked that pull. */
function marked(text, phrases) {
  const points = Array.from(text), pieces = [];
  const strongest = Math.max(0, ...phrases.map(({ pull }) => Math.abs(pull)));
  let place = 0;
  const piece = (start, end) => points.slice(start, end).join("");
  for (const { start, end, pull } of [...phrases].sort((a, b) => a.start - b.start)) {
    const level = levelOf(pull, strongest);
    if (!level) continue;
    const side = pull > 0 ? "for" : "against";
    const told = make("span", { class: "unseen" }, ` (${STRENGTHS[level]} ${side}) `);
    pieces.push(piece(place, start), make("mark", { class: side + level }, piece(start, end), told));
    place = end;
  }
  return [...pieces, piece(place, points.length)];
}

/** Name the kinds of features that weigh in a phrase, the strongest first. */
function sources(parts) {
  const most = Math.max(...Object.values(parts).map(Math.abs));
  const weighing = Object.entries(parts).filter(([, pull]) => Math.abs(pull) >= LEVELS[0] * most);
  return weighing.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a)).map(([kind]) => SOURCES[kind]).join(", ");
}

/** Say the evidence in a sentence, for those who hear the page. */
function summary({ label, phrases }) {
  const named = (side) => phrases.slice(0, ROWS).filter(({ pull }) => side * pull >= LEVELS[0]).slice(0, 3)
    .map(({ text, pull }) => `“${text}” ${signed(pull)}`).join(", ");
  const speaking = named(1), against = named(-1);
  if (!speaking && !against) return `No phrase weighs much for or against ${spoken(label)}.`;
  return [speaking && `For ${spoken(label)}: ${speaking}.`, against && `Against: ${against}.`].filter(Boolean).join(" ");
}

function row(name, pull, found, cell = "th") {
  return make("tr", {}, make(cell, cell === "th" ? { scope: "row" } : {}, name),
    make("td", { class: "number" }, signed(pull)), make("td", {}, found));
}

/** Return the table whose numbers add up to the score. */
function table({ phrases, whole, intercept, difference }) {
  const shown = phrases.slice(0, ROWS);
  const others = phrases.slice(ROWS).reduce((sum, { pull }) => sum + pull, 0);
  const head = make("tr", {}, ...["phrase", "adds", "found by"].map((name) => make("th", { scope: "col" }, name)));
  const rows = shown.map(({ text, pull, parts }) => row(text, pull, sources(parts)));
  if (phrases.length > ROWS) rows.push(row("(all other words)", others, ""));
  if (whole) rows.push(row("(the sentence as a whole)", whole, ""));
  rows.push(row("(before any word)", intercept, ""));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows),
    make("tfoot", {}, row("raw score", difference, "")));
}

/** The tags of one sentence, and the evidence that is shown of them. */
class Line {
  constructor(tagger, tagged, number) {
    this.tagger = tagger;
    this.tagged = tagged;
    this.text = make("p", { class: "text", dir: "auto" });
    this.buttons = new Map();
    const group = make("div", { class: "labels", role: "group", "aria-label": `Tags of sentence ${number}` });
    this.element = make("li", tagged.boilerplate ? { class: "furniture" } : {}, group, this.text);
    if (tagged.boilerplate) {
      group.append(make("span", {}, "site furniture"));
      this.text.append(tagged.text);
      return;
    }
    const { stance, quad, topics } = tagged;
    group.append(this.#button(stance, `stance ${stance}`, tagged.stanceProba[stance], SIGNS[stance]));
    if (quad !== stance) group.append(this.#button(quad, stance, tagged.quadProba[quad]));
    group.append(...topics.map((topic) => this.#button(topic, "topic", tagged.topicProba[topic])));
    this.label = stance;
    this.text.append(...marked(tagged.text, this.evidence(stance).phrases));
    this.element.addEventListener("pointermove", (event) => this.#pointedAt(event));
  }

  #button(label, kind, proba, sign = "") {
    const named = [`${spoken(label)} ${proba.toFixed(2)}`];
    if (sign) named.unshift(make("span", { "aria-hidden": "true" }, `${sign} `));
    const button = make("button", { type: "button", class: kind, "aria-pressed": "false" }, ...named);
    button.dataset.label = label;
    for (const event of ["focus", "click"]) button.addEventListener(event, () => this.show(label));
    this.buttons.set(label, button);
    return button;
  }

  /** Show what a mouse points at; when the page scrolls below one that rests, the keyboard keeps what it shows. */
  #pointedAt({ pointerType, movementX, movementY, target }) {
    if (pointerType !== "mouse" || (movementX === 0 && movementY === 0)) return;
    this.show(target.closest("[data-label]")?.dataset.label ?? this.label);
  }

  evidence(label) {
    return this.tagger.evidence(this.tagged.text, label);
  }

  /** Show the evidence for a label of this line, and hide that of the line before. */
  show(label) {
    if (Line.current !== this) Line.current?.leave();
    if (Line.current === this && this.buttons.get(label).getAttribute("aria-pressed") === "true") return;
    Line.current = this;
    this.label = label;
    this.element.classList.add("current");
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String(name === label));
    const evidence = this.evidence(label);
    this.text.replaceChildren(...marked(this.tagged.text, evidence.phrases));
    const against = evidence.against ? ` rather than ${spoken(evidence.against)}` : "";
    place(this);
    panel.firstChild.replaceChildren(make("h3", {}, `Why ${spoken(label)}${against}?`), table(evidence));
    panel.lastChild.textContent = summary(evidence);
  }

  leave() {
    this.element.classList.remove("current");
    for (const button of this.buttons.values()) button.setAttribute("aria-pressed", "false");
  }
}

/** Put the evidence beside the sentences, or on a narrow page below its own. */
function place(line) {
  const home = NARROW.matches ? line.element : list.parentElement;
  if (panel.parentElement !== home) home.append(panel);
}

/** Make the empty panel anew: a box to see, and a line that screen readers say when it changes. */
function emptyPanel() {
  Line.current = null;
  list.parentElement.append(panel);
  const hint = make("p", {}, "Point at a tag, or move to it with the Tab key.");
  panel.replaceChildren(make("div", {}, hint), make("p", { class: "unseen", "aria-live": "polite" }));
}

/** Say how many sentences have which stance. */
function counted(tagged) {
  const counts = new Map();
  for (const { boilerplate, stance } of tagged) {
    const name = boilerplate ? "site furniture" : stance;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const named = [...Object.keys(SIGNS), "site furniture"].filter((name) => counts.has(name));
  const sentences = tagged.length === 1 ? "1 sentence" : `${tagged.length} sentences`;
  return `${sentences}: ${named.map((name) => `${counts.get(name)} ${name}`).join(", ")}.`;
}

let run = 0; // a new text ends the work on the one before

/** Tag what stands in the field; now and then the browser gets its turn. */
async function tagInput(tagger) {
  const mine = (run += 1);
  const sentences = splitSentences(input.value), tagged = [];
  emptyPanel();
  list.replaceChildren();
  results.hidden = !sentences.length;
  if (!sentences.length) status.textContent = "There is no sentence to tag.";
  let pause = performance.now() + PAUSE;
  for (const sentence of sentences) {
    tagged.push(tagger.tag(sentence));
    list.append(new Line(tagger, tagged.at(-1), tagged.length).element);
    if (performance.now() < pause) continue;
    await new Promise((resume) => { setTimeout(resume); });
    if (mine !== run) return;
    pause = performance.now() + PAUSE;
  }
  if (tagged.length) status.textContent = counted(tagged);
}

async function start() {
  status.textContent = "Loading the model …";
  const sample = fetch(asset("sample.txt")).then((response) => response.text());
  const tagger = loadTagger(asset("model.gz"));
  const tag = async () => tagInput(await tagger);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tag();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) tag();
  });
  input.addEventListener("paste", () => setTimeout(tag)); // once the text is there
  byId("sample").addEventListener("click", async () => {
    input.value = await sample;
    await tag();
  });
  byId("clear").addEventListener("click", async () => {
    input.value = "";
    await tag();
    status.textContent = "Ready.";
    input.focus();
  });
  await Promise.all([sample, tagger]);
  if (!run) status.textContent = "Ready: the model is here, and the network is no longer needed.";
}

start().catch((error) => {
  status.textContent = `The model could not be loaded: ${error.message}.`;
});
