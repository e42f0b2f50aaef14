// The page itself: what is selected, where the reader looks, and every control.

const MARGIN = 40; // around the drawing
const scroll = byId("scroll");
let zoom = 1;
let selected = nodes[0];
let hovered = null;

// --- drawing ------------------------------------------------------------------------------------

/** Draw what has changed. A part that is given stays where it is on the screen. */
function redraw(anchor) {
  const before = anchor && scroll.contains(anchor.group) ? placeOf(anchor) : null;
  const world = byId("world");
  if (world.firstChild !== nodes[0].group || !nodes[0].group) world.replaceChildren(groupOf(nodes[0]));
  else groupOf(nodes[0]);
  resize();
  if (before) {
    const after = placeOf(anchor);
    scroll.scrollLeft += after.x - before.x;
    scroll.scrollTop += after.y - before.y;
  }
  showTable();
}

function resize() {
  const { left, right, height } = nodes[0].layout;
  const width = left + right + 2 * MARGIN;
  const tall = height + 2 * MARGIN;
  const drawing = byId("drawing");
  drawing.setAttribute("viewBox", `${-left - MARGIN} ${-MARGIN} ${width} ${tall}`);
  drawing.setAttribute("width", width * zoom);
  drawing.setAttribute("height", tall * zoom);
}

/** Where the upper end of a part's axis is on the screen. */
function placeOf(node) {
  const { e, f } = node.group.getScreenCTM();
  return { x: e, y: f };
}

/** Change the scale; the point at x, y of the screen stays where it is. */
function zoomTo(scale, x, y) {
  const bounds = scroll.getBoundingClientRect();
  x ??= bounds.left + bounds.width / 2;
  y ??= bounds.top + bounds.height / 2;
  const point = new DOMPoint(x, y).matrixTransform(byId("world").getScreenCTM().inverse());
  zoom = Math.min(Math.max(scale, 0.03), 4);
  resize();
  const after = point.matrixTransform(byId("world").getScreenCTM());
  scroll.scrollLeft += after.x - x;
  scroll.scrollTop += after.y - y;
}

/** Show all of the drawing; at first only its width, from its upper end, where it is long. */
function fit(legibly) {
  const { left, right, height } = nodes[0].layout;
  const across = scroll.clientWidth / (left + right + 2 * MARGIN);
  const down = scroll.clientHeight / (height + 2 * MARGIN);
  zoom = Math.min(across, down, 1.25);
  if (legibly) zoom = Math.max(zoom, Math.min(across, 0.8), 0.5);
  resize();
  scroll.scrollTop = 0;
  const axis = placeOf(nodes[0]).x - scroll.getBoundingClientRect().left;
  scroll.scrollLeft += axis - scroll.clientWidth / 2;
}

// --- selecting, opening -------------------------------------------------------------------------

function select(node) {
  if (node === hovered) hover(null);
  if (selected.group) mark(selected, false);
  selected = node;
  if (node.id > 0 && node.group) mark(node, true);
  if (node.id > 0) scroll.setAttribute("aria-activedescendant", `part${node.id}`);
  else scroll.removeAttribute("aria-activedescendant");
  showDetails(node);
  if (!byId("table").hidden) markRow();
  else if (node.id > 0 && byId("details").hidden) showTab("details");
}

function mark(node, isSelected) {
  node.selected = isSelected;
  node.group.classList.toggle("selected", isSelected);
  node.group.setAttribute("aria-selected", isSelected);
}

function toggleOpen(node) {
  if (!node.children.length || node.id === 0) return;
  setOpen(node, !node.open);
  if (!node.open && ancestors(selected).includes(node)) selected = node;
  redraw(node);
  select(selected);
}

/** Open what is around a part, select it, and bring it to the middle. */
function reveal(node) {
  for (const outer of ancestors(node)) setOpen(outer, true);
  redraw();
  select(node);
  if (zoom < 0.6) zoomTo(0.9);
  bringIntoView(node, true);
}

function bringIntoView(node, toMiddle) {
  const view = scroll.getBoundingClientRect();
  const { x, y } = placeOf(node);
  const height = Math.min(node.layout.height * zoom, view.height - 60);
  const isInside = x > view.left + 40 && x < view.right - 40 && y > view.top + 20 && y + height < view.bottom - 20;
  if (isInside && !toMiddle) return;
  scroll.scrollLeft += x - (view.left + view.width / 2);
  scroll.scrollTop += y + height / 2 - (view.top + view.height / 2);
}

function showLevel(level) {
  const place = shownFor(selected);
  openTo(level);
  nodes[0].open = true;
  redraw();
  select(shownFor(selected));
  markLevel(level);
  if (place.id > 0) bringIntoView(selected, true);
  else fit(true);
}

function markLevel(level) {
  for (const button of byId("levels").children) {
    button.setAttribute("aria-pressed", button.dataset.level === level);
  }
}

// --- mouse, touch -------------------------------------------------------------------------------

function partAt(target) {
  const group = target.closest?.(".part");
  return group ? nodes[group.dataset.id] : nodes[0];
}

byId("drawing").addEventListener("click", (event) => {
  if (scroll.classList.contains("dragging")) return;
  const node = partAt(event.target);
  const again = node === selected && !node.open;
  if (node.id > 0 && (again || event.target.closest(".toggle"))) {
    select(node);
    toggleOpen(node);
  } else select(node);
});

let drag = null;
scroll.addEventListener("pointerdown", (event) => {
  scroll.classList.remove("dragging");
  const onScrollbar = event.offsetX > scroll.clientWidth || event.offsetY > scroll.clientHeight;
  if (event.pointerType === "mouse" && event.button === 0 && !(event.target === scroll && onScrollbar)) {
    drag = { x: event.clientX, y: event.clientY, left: scroll.scrollLeft, top: scroll.scrollTop };
  }
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (Math.hypot(dx, dy) > 4) {
    scroll.classList.add("dragging");
    hover(null);
  }
  if (scroll.classList.contains("dragging")) scroll.scrollTo(drag.left - dx, drag.top - dy);
});
addEventListener("pointerup", () => {
  drag = null;
  setTimeout(() => scroll.classList.remove("dragging")); // after the click that ends the drag
});

scroll.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomTo(zoom * Math.exp(-event.deltaY / 250), event.clientX, event.clientY);
}, { passive: false });

let pinch = null;
const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
scroll.addEventListener("touchstart", (event) => {
  pinch = event.touches.length === 2 ? { zoom, spread: spread(event.touches) } : null;
}, { passive: true });
scroll.addEventListener("touchmove", (event) => {
  if (!pinch || event.touches.length !== 2) return;
  event.preventDefault();
  const [a, b] = event.touches;
  const scale = (pinch.zoom * spread(event.touches)) / pinch.spread;
  zoomTo(scale, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
}, { passive: false });

byId("drawing").addEventListener("pointermove", (event) => {
  const node = partAt(event.target);
  const isShown = event.pointerType === "mouse" && node.id > 0 && !scroll.classList.contains("dragging");
  // What is selected has its figures in the panel.
  hover(isShown && node !== selected ? node : null);
  if (!isShown) return;
  const right = innerWidth - event.clientX < 340;
  byId("hint").style.left = right ? "" : `${event.clientX + 14}px`;
  byId("hint").style.right = right ? `${innerWidth - event.clientX + 14}px` : "";
  byId("hint").style.top = `${Math.min(event.clientY + 14, innerHeight - 130)}px`;
});
scroll.addEventListener("pointerleave", () => hover(null));

/** Show what is under the mouse: its edge, and the most important figures. */
function hover(node) {
  if (node === hovered) return;
  hovered?.group?.classList.remove("hovered");
  hovered = node;
  hovered?.group.classList.add("hovered");
  byId("hint").hidden = !node;
  if (node) byId("hint").textContent = hintOf(node);
}

function hintOf(node) {
  const costs = [node.params && `${count(node.params)} parameters`, node.macs && `${count(node.macs)} MACs`];
  return [
    node.path,
    titleOf(node),
    shapesOf(node).filter(Boolean).join("  →  "),
    costs.filter(Boolean).join(", "),
    node.stride && `receptive field ${node.field}, stride ${node.stride}`,
    node.findings && node.findings.map((number) => data.findings[number].code).join(", "),
  ].filter(Boolean).join("\n");
}

byId("table").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-id]");
  if (!row) return;
  const node = nodes[row.dataset.id];
  if (node === selected && node.children.length) toggleOpen(node);
  else select(node);
  bringIntoView(node);
});

// --- keys ---------------------------------------------------------------------------------------

function step(by) {
  const all = [...visible()].map(([node]) => node);
  const at = all.indexOf(selected);
  go(all[at < 0 ? 0 : Math.max(0, Math.min(at + by, all.length - 1))]);
}

function go(node) {
  if (!node) return;
  select(node);
  if (node.id > 0) bringIntoView(node);
}

function goIn() {
  if (selected.children.length && !selected.open) toggleOpen(selected);
  else go(selected.children[0]);
}

function goOut() {
  if (selected.open && selected.id > 0) toggleOpen(selected);
  else if (selected.parent > 0) go(nodes[selected.parent]);
}

const ON_DIAGRAM = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  ArrowRight: goIn,
  ArrowLeft: goOut,
  Home: () => go(nodes[1]),
  End: () => go([...visible()].at(-1)?.[0]),
  Enter: () => toggleOpen(selected),
  " ": () => toggleOpen(selected),
};
const ANYWHERE = {
  "/": () => byId("search").focus(),
  "?": () => byId("help").showModal(),
  1: () => showLevel("stage"),
  2: () => showLevel("block"),
  3: () => showLevel("layer"),
  "+": () => zoomTo(zoom * 1.25),
  "=": () => zoomTo(zoom * 1.25),
  "-": () => zoomTo(zoom / 1.25),
  0: () => fit(false),
  t: () => showTab("table"),
  d: () => setTheme(theme() === "dark" ? "light" : "dark"),
  p: () => foldPanel(!document.body.classList.contains("folded")),
  Escape: () => select(nodes[0]),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (event.target === byId("search")) return;
  const onDiagram = [scroll, document.body].includes(event.target) && ON_DIAGRAM[event.key];
  const action = onDiagram || ANYWHERE[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

byId("panel").querySelector(".tabs").addEventListener("keydown", (event) => {
  const steps = { ArrowRight: 1, ArrowLeft: TABS.length - 1 };
  if (!(event.key in steps) || !event.target.id.startsWith("tab-")) return;
  event.preventDefault();
  const at = TABS.indexOf(event.target.id.slice(4));
  const next = TABS[(at + steps[event.key]) % TABS.length];
  showTab(next);
  byId(`tab-${next}`).focus();
});

// --- buttons, theme -----------------------------------------------------------------------------

for (const button of byId("levels").children) {
  button.addEventListener("click", () => showLevel(button.dataset.level));
}
for (const tab of TABS) byId(`tab-${tab}`).addEventListener("click", () => showTab(tab));
byId("fold").addEventListener("click", ANYWHERE.p);
byId("closer").addEventListener("click", ANYWHERE["+"]);
byId("farther").addEventListener("click", ANYWHERE["-"]);
byId("fit").addEventListener("click", ANYWHERE[0]);
byId("theme").addEventListener("click", ANYWHERE.d);
byId("keys").addEventListener("click", ANYWHERE["?"]);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme;

function setTheme(name) {
  document.documentElement.dataset.theme = name;
}

prefersDark.addEventListener("change", () => setTheme(prefersDark.matches ? "dark" : "light"));

// --- the start ----------------------------------------------------------------------------------

/** Show a network; of one that was shown before, what is open and selected stays so. */
function showNetwork(found) {
  const path = selected?.path;
  hover(null);
  readNetwork(found);
  byId("name").textContent = document.title = data.name;
  const totals = [`${scaled(data.params)} parameters`, data.macs === null ? "" : `${scaled(data.macs)} MACs`];
  byId("subtitle").textContent = data.totals.length ? [...totals.filter(Boolean), data.inputs].join(" · ") : "";
  byId("legend").replaceChildren(...data.kinds.map(([family, title]) => legendOf(family, title)));
  selected = nodes[0];
  redraw();
  showFindings();
  select(nodes.find((node) => path && node.path === path) ?? nodes[0]);
}

function legendOf(family, title) {
  const box = { left: 12, right: 12, height: 12 };
  const picture = element("svg", { viewBox: "-13 -1 26 14", class: `kind-${family}`, "aria-hidden": "true" },
    element("path", { class: "shape", d: outlineOf({ family }, box) }));
  return element("li", {}, picture, title);
}

setTheme(prefersDark.matches ? "dark" : "light");
showNetwork(JSON.parse(byId("network").textContent));
markLevel(data.level);
fit(true);
