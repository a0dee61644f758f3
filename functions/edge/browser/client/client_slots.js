/**
 * Slots: `<edgewise-slot name="home_hero">` around default content, in which elements name what they take of the payload:
 *
 *     <h1 data-fill="text:title">Default</h1>
 *     <a data-fill="text:items.0.value.title href:items.0.value.link" href="/new">Default</a>
 *
 * A slot is filled whole or not at all: where a field is missing, a link leads elsewhere than it may, or the page would move
 * under the shopper's eyes, its default content stands. `slot.edgewise` says which: `filled`, `unknown`, `unfit` or `moved`;
 * the attribute `data-edgewise` holds the outcome that is shown, whether the edge has filled the slot or this module.
 */

const TEXTS = ["alt", "title", "aria-label", "data-variant"];
const LINKS = { href: "A", src: "IMG" };
// As the edge has it (isSafeUrl of deliver_escape.js): a path of this site, or https with a host and no user.
const ADDRESS = /^(\/(?!\/)|https:\/\/[A-Za-z0-9.:-]+(?=[/?#]|$))[!#-;=?-[\]_a-z~]*$/;
const defaults = new WeakMap();

/**
 * Fill a slot with the outcome of its decision.
 * @param {Element} slot
 * @param {object | null} answer of the edge
 * @returns {boolean} whether it shows the outcome
 */
export function fillSlot(slot, answer) {
  const outcome = read(answer, `decisions.${slot.getAttribute("name")}`);
  if (!resetSlot(slot)) return slot.dataset.edgewise === outcome?.outcome;
  slot.edgewise = outcome ? fill(slot, outcome.payload) : "unknown";
  if (slot.edgewise !== "filled") return false;
  slot.dataset.edgewise = outcome.outcome;
  return true;
}

/**
 * Give a slot its default content again.
 * @param {Element} slot
 * @returns {boolean} false for a slot that the edge has filled
 */
export function resetSlot(slot) {
  const kept = defaults.get(slot);
  if (!kept) return !("edgewise" in slot.dataset);
  kept.map(apply);
  defaults.delete(slot);
  delete slot.dataset.edgewise;
  return true;
}

/** How filling ended; all but `filled` leave the default content. */
function fill(slot, payload) {
  const edits = [...slot.querySelectorAll("[data-fill]")].flatMap((element) => editsOf(element, payload));
  if (!edits.every(isFit)) return "unfit";
  // Before the first paint nothing can move.
  const before = performance.getEntriesByType("paint").length > 0 && placesIn(slot);
  defaults.set(slot, edits.map(apply));
  if (!before || placesIn(slot) === before) return "filled";
  resetSlot(slot);
  return "moved";
}

function editsOf(element, payload) {
  return element.dataset.fill.split(" ").map((edit) => {
    const [place, path] = edit.split(":");
    const value = path ? read(payload, path) : payload;
    return { element, place, value };
  });
}

/** A path of own members: nothing that a prototype has. */
function read(value, path) {
  return path.split(".").reduce((found, key) => (found && Object.hasOwn(found, key) ? found[key] : undefined), value);
}

function isFit({ element, place, value }) {
  if (LINKS[place] === element.tagName) return typeof value === "string" && ADDRESS.test(value);
  const isAllowed = place === "text" ? !element.firstElementChild : TEXTS.includes(place);
  return isAllowed && (typeof value === "string" || typeof value === "number");
}

/** Make an edit; gives the edit that takes it back. */
function apply({ element, place, value }) {
  const before = place === "text" ? element.textContent : element.getAttribute(place);
  if (place === "text") element.textContent = value;
  else if (value === null) element.removeAttribute(place);
  else element.setAttribute(place, value);
  return { element, place, value: before };
}

/** Where all of a slot stands, and how large it is, as a text. */
function placesIn(slot) {
  const places = [...slot.querySelectorAll("*")].map((element) => element.getBoundingClientRect()).map(({ x, y }) => [x, y]);
  return JSON.stringify([places, slot.getBoundingClientRect(), slot.parentElement.getBoundingClientRect()]);
}
