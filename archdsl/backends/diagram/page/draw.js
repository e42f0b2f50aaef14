// The diagram: layouts as SVG. Every part has a group of its own, which stays as it is when parts
// elsewhere open and close.

const SVG = "http://www.w3.org/2000/svg";
const LINE = 14; // of small type
const FRAMED = ["block", "level", "run"]; // with a title; others are recognised without one

const measured = new Map();
const pen = document.createElement("canvas").getContext("2d");

/** The width of a text in a font such as "600 13px". */
function widthOf(text, font) {
  const key = `${font} ${text}`;
  if (!measured.has(key)) {
    pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    measured.set(key, pen.measureText(text).width);
  }
  return measured.get(key);
}

/** An element of SVG or HTML with attributes, and children or a text. */
function element(name, attributes = {}, ...children) {
  const isSvg = ["svg", "g", "path", "rect", "circle", "text", "tspan", "title"].includes(name);
  const made = isSvg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(attribute, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

// --- a closed part ------------------------------------------------------------------------------

/** The small lines below the first one. */
function smallLines(node) {
  const lines = node.name ? [node.name] : [];
  if (node.kind === "input" || node.kind === "output") {
    lines.push(shapesOf(node).join(""));
  }
  if (node.shared) lines.push(`shared (${node.shared[0]} of ${node.shared[1]})`);
  lines.push(...(node.learning ?? []));
  const figures = [];
  if (data.show.includes("params") && node.params) figures.push(`${scaled(node.params)} params`);
  if (data.show.includes("macs") && node.macs) figures.push(`${scaled(node.macs)} MACs`);
  if (data.show.includes("field") && node.stride) figures.push(`field ${node.field}`);
  return figures.length ? [...lines, figures.join(", ")] : lines;
}

const isSign = (node) => node.kind === "layer" && ["+", "×"].includes(node.head);

/** How far a closed part reaches from its axis, and its height. */
function sizeOf(node) {
  if (isSign(node) && !smallLines(node).length) return { left: 12, right: 12, height: 24 };
  const small = smallLines(node);
  const first = widthOf(node.head, "600 13px") + widthOf(restOf(node), "13px");
  const widest = Math.max(first, ...small.map((line) => widthOf(line, "11px")));
  const room = { linear: 30, activation: 28, pool: 34, resample: 34, shape: 30 }[node.family] ?? 22;
  const toggle = node.children.length ? 20 : 0;
  const half = Math.max((widest + room + toggle) / 2, 24);
  return { left: half, right: half, height: 26 + LINE * small.length };
}

function restOf(node) {
  return (node.tail ? `, ${node.tail}` : "") + (node.repeats ? `  ×${node.repeats}` : "");
}

/** The outline of a node: its family is to be seen without colours too. */
function outlineOf(node, { left, right, height }) {
  const slant = Math.min({ linear: 10, pool: 12, resample: 12, shape: 8 }[node.family] ?? 0, left / 2);
  const corners = (...points) => `M${points.map((point) => point.join(" ")).join("L")}Z`;
  switch (node.family) {
    case "linear":
      return corners([-left, height / 2], [slant - left, 0], [right - slant, 0], [right, height / 2],
        [right - slant, height], [slant - left, height]);
    case "pool":
      return corners([-left, 0], [right, 0], [right - slant, height], [slant - left, height]);
    case "resample":
      return corners([slant - left, 0], [right - slant, 0], [right, height], [-left, height]);
    case "shape":
      return corners([slant - left, 0], [right, 0], [right - slant, height], [-left, height]);
    case "regularise":
      return corners([6 - left, 0], [right - 6, 0], [right, 6], [right, height - 6],
        [right - 6, height], [6 - left, height], [-left, height - 6], [-left, 6]);
  }
  const round = { activation: 13, merge: 12, norm: 8, input: 13, output: 13, block: 5 }[node.family];
  return rounded(-left, 0, left + right, height, Math.min(round ?? 2, height / 2));
}

function rounded(x, y, width, height, r) {
  const across = width - 2 * r;
  const down = height - 2 * r;
  return `M${x + r} ${y}h${across}a${r} ${r} 0 0 1 ${r} ${r}v${down}a${r} ${r} 0 0 1 ${-r} ${r}` +
    `h${-across}a${r} ${r} 0 0 1 ${-r} ${-r}v${-down}a${r} ${r} 0 0 1 ${r} ${-r}Z`;
}

function closedInside(node) {
  const { layout } = node;
  const shape = outlineOf(node, layout);
  const inside = [];
  if (node.repeats) inside.push(element("path", { class: "shape", d: shape, transform: "translate(4 4)" }));
  inside.push(element("path", { class: "shape", d: shape }));
  if (isSign(node)) {
    inside.push(element("text", { class: "sign", y: layout.height / 2 + 6 }, node.head));
    return inside;
  }
  const middle = node.children.length ? -9 : 0;
  const head = element("tspan", { class: "head" }, node.head);
  inside.push(element("text", { x: middle, y: 17 }, head, restOf(node)));
  smallLines(node).forEach((line, number) => {
    inside.push(element("text", { class: "small", x: middle, y: 31 + LINE * number }, line));
  });
  if (node.children.length) inside.push(toggle(layout.right - 14, layout.height / 2, true));
  if (node.findings) inside.push(badge(node, layout.right - 2, 0));
  return inside;
}

/** The button that opens or closes a part. */
function toggle(x, y, opens) {
  return element("g", { class: "toggle", transform: `translate(${x} ${y})` },
    element("circle", { r: 12, class: "touch" }),
    element("circle", { r: 7 }),
    element("path", { d: opens ? "M-3.5 0h7M0 -3.5v7" : "M-3.5 0h7" }));
}

/** That the linter has something to say. */
function badge(node, x, y) {
  const severe = node.findings.some((number) => data.findings[number].severity !== "note");
  return element("g", { class: severe ? "badge warning" : "badge", transform: `translate(${x} ${y})` },
    element("circle", { r: 7 }), element("text", { y: 4 }, "!"));
}

// --- an open part -------------------------------------------------------------------------------

function titleWidth(node) {
  if (node.id === 0) return 0;
  return FRAMED.includes(node.kind) ? widthOf(frameTitle(node).join(""), "600 11px") + 34 : 26;
}

/** What stands on an open part: what it is, and its name. A level is no more than its name. */
function frameTitle(node) {
  return node.kind === "level" ? [node.name, ""] : [titleOf(node), node.name ? `  ${node.name}` : ""];
}

/** How far a shape reaches from the axis that it stands beside. */
function labelWidth(text) {
  return widthOf(text, "10.5px") + 8;
}

function headerHeight(node) {
  return FRAMED.includes(node.kind) ? 22 : 10;
}

function openInside(node) {
  const { left, right, height, wires, dots } = node.layout;
  const inside = [];
  if (node.id > 0) {
    const frame = rounded(-left, 0, left + right, height, 8);
    inside.push(element("path", { class: `frame depth${ancestors(node).length % 2}`, d: frame }));
    if (FRAMED.includes(node.kind)) {
      const [what, name] = frameTitle(node);
      inside.push(element("text", { class: "title", x: 26 - left, y: 16 },
        element("tspan", { class: "head" }, what), element("tspan", { class: "small" }, name)));
    }
    inside.push(toggle(14 - left, 13, false));
  }
  inside.push(...wires.map(wireOf));
  inside.push(...dots.map(({ at, skip }) =>
    element("circle", { class: skip ? "dot skip" : "dot", cx: at[0], cy: at[1], r: 2.5 })));
  for (const wire of wires) {
    if (wire.label) {
      const [x, y] = wire.points[0];
      inside.push(element("text", { class: "label", x: x + 6, y: y + 12 }, wire.label));
    }
  }
  for (const child of node.children) {
    const group = groupOf(child);
    group.setAttribute("transform", `translate(${child.x} ${child.y})`);
    inside.push(group);
  }
  return inside;
}

function wireOf({ points, skip, training, arrow }) {
  const classes = ["wire", skip && "skip", training && "training"].filter(Boolean).join(" ");
  const head = skip ? "url(#arrow-skip)" : "url(#arrow)";
  return element("path", { class: classes, d: bent(points), "marker-end": arrow && head });
}

/** A line through corners, which are rounded. */
function bent(points) {
  const kept = points.filter(([x, y], at) => at === 0 || x !== points[at - 1][0] || y !== points[at - 1][1]);
  let line = `M${kept[0][0]} ${kept[0][1]}`;
  for (let at = 1; at < kept.length - 1; at++) {
    const [before, corner, after] = [kept[at - 1], kept[at], kept[at + 1]];
    const [entry, r1] = toward(corner, before);
    const [exit, r2] = toward(corner, after);
    line += r1 && r2 ? `L${entry}Q${corner[0]} ${corner[1]} ${exit}` : "";
  }
  const [x, y] = kept.at(-1);
  return `${line}L${x} ${y}`;
}

/** A point near a corner on the way to the next one. */
function toward([x, y], [nextX, nextY]) {
  const distance = Math.hypot(nextX - x, nextY - y);
  const part = distance && Math.min(6, distance / 2) / distance;
  return [`${x + (nextX - x) * part} ${y + (nextY - y) * part}`, part];
}

// --- all of it ----------------------------------------------------------------------------------

/** The group of a part, drawn anew where its layout has changed. */
function groupOf(node) {
  node.group ??= element("g", { id: `part${node.id}`, "data-id": node.id });
  layOut(node);
  if (node.drawn !== node.layout) {
    node.drawn = node.layout;
    const state = [node.open ? "open" : "closed", node.training && "training", node.selected && "selected",
      isFrozen(node) && "frozen"];
    const classes = [`part kind-${node.family ?? "network"}`, ...state.filter(Boolean)];
    node.group.setAttribute("class", classes.join(" "));
    if (node.id > 0) describe(node);
    node.group.replaceChildren(...(node.open ? openInside(node) : closedInside(node)));
  }
  return node.group;
}

/** What assistive technology reads of a part. */
function describe(node) {
  const figures = [node.path, node.params && `${count(node.params)} parameters`, ...(node.learning ?? [])];
  node.group.setAttribute("role", "treeitem");
  node.group.setAttribute("aria-level", ancestors(node).length);
  node.group.setAttribute("aria-label", [titleOf(node), ...figures].filter(Boolean).join(", "));
  if (node.children.length) node.group.setAttribute("aria-expanded", node.open);
  node.group.setAttribute("aria-selected", Boolean(node.selected));
}
