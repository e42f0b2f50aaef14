// The figures beside the diagram: details of what is selected, a table, and what the linter found.

const byId = (id) => document.getElementById(id);
const section = (title, ...content) => [element("h3", {}, title), ...content];

// --- details ------------------------------------------------------------------------------------

function showDetails(node) {
  byId("details").replaceChildren(...(node.id === 0 ? networkDetails() : partDetails(node)));
  byId("details").scrollTop = 0;
}

function networkDetails() {
  const [network] = nodes;
  const content = [element("h2", {}, data.name)];
  if (network.doc) content.push(element("p", { class: "doc" }, network.doc));
  content.push(...section("Whole network", facts([["input", data.inputs], ...data.totals])));
  if (data.findings.length) {
    const number = data.findings.length;
    const button = element("button", { class: "link" }, number === 1 ? "1 finding" : `${number} findings`);
    button.addEventListener("click", () => showTab("findings"));
    content.push(...section("Linter", button));
  }
  content.push(element("p", { class: "doc faint" }, "Click a part of the diagram, or search for one."));
  return content;
}

function partDetails(node) {
  const layer = data.layers[node.layer];
  const content = [element("h2", {}, node.path || titleOf(node)), element("p", { class: "faint" }, subtitleOf(node))];
  if (node.doc) content.push(element("p", { class: "doc" }, node.doc));
  if (node.children.length) content.push(openButton(node));
  content.push(...section("Figures", facts(figuresOf(node, layer))));
  if (node.field) content.push(...section("Receptive field", ...fieldOf(node)));
  const args = layer?.arguments ?? node.arguments ?? [];
  if (args.length) content.push(...section("Arguments", facts(args)));
  if (layer?.weights.length) content.push(...section("Tensors", facts(layer.weights.map(tensorFact))));
  if (node.findings) {
    content.push(...section("Linter", ...node.findings.map((number) => findingOf(data.findings[number]))));
  }
  content.push(...section("Source", ...sourceOf(node)));
  return content;
}

function subtitleOf(node) {
  const kinds = { fused: "", layer: "", run: "alike in a row", level: "level" };
  const kind = kinds[node.kind] ?? node.kind;
  const extra = [kind, node.training && "in training only"];
  if (node.shared) extra.push(`shared, use ${node.shared[0]} of ${node.shared[1]}`);
  return [titleOf(node), ...extra.filter(Boolean)].join(" · ");
}

function openButton(node) {
  const button = element("button", { class: "open" }, node.open ? "Close" : "Open");
  button.addEventListener("click", () => toggleOpen(node));
  return button;
}

/** Shapes, parameters and MACs, with their arithmetic where a layer has one. */
function figuresOf(node, layer) {
  const [input, output] = shapesOf(node);
  const [shape, params, macs] = layer?.arithmetic ?? [[], [], []];
  const found = [];
  if (input) found.push(["input", input]);
  if (output) found.push(["output", output, shape]);
  if (node.kind === "input" || node.kind === "output") return found;
  const part = (figure, whole) => (figure ? `  (${share(figure, whole)})` : "");
  found.push(["parameters", count(node.params) + part(node.params, data.params), params]);
  found.push(["MACs", count(node.macs) + part(node.macs, data.macs), macs]);
  if (node.learning) found.push(["learning", node.learning.join("; ")]);
  return found;
}

function facts(pairs) {
  const list = element("dl", { class: "facts" });
  for (const [name, value, lines = []] of pairs) {
    const small = lines.map((line) => element("span", { class: "faint" }, line));
    list.append(element("dt", {}, name), element("dd", {}, value, ...small));
  }
  return list;
}

function tensorFact([name, shape, isTrained]) {
  return [name || "itself", isTrained ? shape : `${shape || "number"}, not trained`];
}

/** The receptive field in words, and what the position in the middle sees, drawn on the input. */
function fieldOf(node) {
  const strides = node.stride ? `${node.field}, stride ${node.stride}` : node.field;
  const words = element("p", {}, strides);
  const sizes = data.map.slice(-2);
  const whole = node.field === "the whole input" && sizes.map((size) => [0, size - 1]);
  const window = whole || node.window?.slice(-2);
  if (!window || window.length !== sizes.length) return [words];
  const caption = element("p", { class: "faint" }, `what the position in the middle sees of ${data.map.join(" × ")}`);
  return [words, fieldPicture(sizes, window), caption];
}

function fieldPicture(sizes, window) {
  const [height, width] = sizes.length === 2 ? sizes : [sizes[0] / 12, sizes[0]];
  const rows = sizes.length === 2 ? window[0] : [0, height - 1];
  const columns = window.at(-1);
  const unit = Math.max(height, width) / 100;
  // A field that is far larger than the input is cut: what counts is that it covers all of it.
  const cut = (position, size) => Math.min(Math.max(position, -0.25 * size), 1.25 * size);
  const box = (top, left, bottom, right, name) =>
    element("rect", { class: name, x: left, y: top, width: right - left, height: bottom - top, "stroke-width": unit });
  const top = cut(rows[0], height);
  const left = cut(columns[0], width);
  const seen = [top, left, cut(rows[1] + 1, height), cut(columns[1] + 1, width)];
  const frame = [Math.min(0, left), Math.min(0, top), Math.max(width, seen[3]), Math.max(height, seen[2])];
  const [x, y] = [frame[0] - unit, frame[1] - unit];
  return element("svg",
    {
      class: "field",
      viewBox: [x, y, frame[2] - x + unit, frame[3] - y + unit].join(" "),
      role: "img",
      "aria-label": `rows ${rows[0]} to ${rows[1]}, columns ${columns[0]} to ${columns[1]}`,
    },
    box(0, 0, height, width, "map"),
    box(...seen, "seen"));
}

function sourceOf(node) {
  const place = (number, before) => {
    const [file, line, text] = data.lines[number];
    return element("div", { class: "source" }, before, `${file}:${line}`, element("code", {}, text));
  };
  const calls = (node.calls ?? []).map(([block, number]) => place(number, `in ${block}, called at `));
  return [place(node.line, ""), ...calls];
}

// --- findings -----------------------------------------------------------------------------------

function showFindings() {
  const number = data.findings.length;
  byId("tab-findings").textContent = number ? `Findings (${number})` : "Findings";
  const none = element("p", { class: "faint" }, "The linter found nothing.");
  byId("findings").replaceChildren(...(number ? data.findings.map(findingWithPlaces) : [none]));
}

function findingOf({ code, severity, message, help, line, instances }) {
  const [file, number] = data.lines[line];
  const box = element("div", { class: `finding ${severity}` });
  box.append(element("b", {}, `${severity} ${code}`), ` ${message}`);
  if (help) box.append(element("p", {}, element("span", { class: "faint" }, "help: "), help));
  const often = instances[1] > 1 ? `, in ${instances[0]} of ${instances[1]} instances` : "";
  box.append(element("p", { class: "faint" }, `${file}:${number}${often}`));
  return box;
}

/** A finding, and the layers that it is about, innermost ones. */
function findingWithPlaces(finding, number) {
  const box = findingOf(finding);
  const about = nodes.filter(
    (node) => node.findings?.includes(number) && !node.children.some((child) => child.findings?.includes(number)),
  );
  for (const node of about.slice(0, 8)) {
    const button = element("button", { class: "link" }, node.path || titleOf(node));
    button.addEventListener("click", () => reveal(node));
    box.append(element("div", {}, button));
  }
  if (about.length > 8) box.append(element("p", { class: "faint" }, `and ${about.length - 8} more`));
  return box;
}

// --- table --------------------------------------------------------------------------------------

const COLUMNS = ["layer", "op", "output", "parameters", "MACs", "field", "stride"];

/** A row for everything that is to be seen in the diagram; drawn only while it is shown itself. */
function showTable() {
  if (byId("table").hidden) return;
  const names = element("tr", {}, ...COLUMNS.map((name) => element("th", { scope: "col" }, name)));
  const rows = [...visible()].map(([node, depth]) => rowOf(node, depth));
  const totals = ["total", "", "", count(data.params), data.macs === null ? "?" : count(data.macs), "", ""];
  const foot = element("tr", {}, ...totals.map((text) => element("td", {}, text)));
  byId("table").replaceChildren(
    element("table", { "aria-label": "Layers" },
      element("thead", {}, names), element("tbody", {}, ...rows), element("tfoot", {}, foot)));
  markRow();
}

function rowOf(node, depth) {
  const cells = [
    "\u2003".repeat(depth) + (node.name || node.head),
    titleOf(node),
    shapesOf(node).at(node.kind === "output" ? 0 : 1),
    node.params === undefined ? "" : count(node.params),
    node.macs === undefined ? "" : count(node.macs),
    node.stride ? node.field : "",
    node.stride ?? "",
  ];
  return element("tr", { "data-id": node.id, "aria-selected": "false" },
    ...cells.map((text) => element("td", {}, text)));
}

function markRow() {
  byId("table").querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
  const row = byId("table").querySelector(`tr[data-id="${selected.id}"]`);
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
}

// --- tabs ---------------------------------------------------------------------------------------

const TABS = ["details", "table", "findings"];

function showTab(name) {
  for (const tab of TABS) {
    byId(tab).hidden = tab !== name;
    byId(`tab-${tab}`).setAttribute("aria-selected", tab === name);
    byId(`tab-${tab}`).tabIndex = tab === name ? 0 : -1;
  }
  foldPanel(false);
  showTable();
}

function foldPanel(folded) {
  document.body.classList.toggle("folded", folded);
  byId("fold").setAttribute("aria-expanded", !folded);
}
