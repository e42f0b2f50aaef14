// The network as the page knows it: a tree of parts, of which some are open.
//
// data.nodes is that tree, outer parts first; number 0 is the network. Of a part:
//   kind: layer, fused (several layers that are one node when closed), block, level, run (several
//     alike ones in a row), input or output; family: says shape and colour
//   head, tail, name: what stands on it; path: where it is in the network; repeats: of a run
//   reads, gives: the values that come in and go out; data.shapes has the shape of each
//   result: of a part that nothing reads from, the value that it makes
//   wires: [source, target, value, skip] among its ports and members (see wiring)
//   params, macs, field, stride, window: figures; window is what the middle position sees
//   learning: how a transfer plan lets it learn: frozen, or at which rates
//   layer: in data.layers; line, calls: in data.lines; findings: in data.findings

let data = { nodes: [] };
let nodes = [];

/** Take in a network; parts that were open by the same path are open again. */
function readNetwork(found) {
  const opened = new Set(nodes.filter((node) => node.open).map(keyOf));
  const fresh = nodes.length <= 1;
  data = found;
  nodes = data.nodes;
  nodes.forEach((node, id) => {
    node.id = id;
    node.children = [];
    node.reads ??= [];
    node.gives ??= [];
    if (id > 0) nodes[node.parent].children.push(node);
  });
  if (fresh) openTo(data.level);
  else for (const node of nodes) node.open = opened.has(keyOf(node));
  nodes[0].open = true;
}

function keyOf(node) {
  return `${node.kind} ${node.path}`;
}

/** Open what a level of detail shows: stages closed, blocks closed, or every layer. */
function openTo(level) {
  const opened = { stage: ["network"], block: ["network", "level"] }[level];
  for (const node of nodes) {
    node.open = node.children.length > 0 && (!opened || opened.includes(node.kind));
    node.layout = null;
  }
}

/** Open or close a part. What is around it has to be laid out again, nothing else. */
function setOpen(node, open) {
  if (node.children.length === 0 || node.id === 0 || node.open === open) return;
  node.open = open;
  for (const around of [node, ...ancestors(node)]) around.layout = null;
}

/** The parts around a part, innermost first, the network last. */
function ancestors(node) {
  const found = [];
  while (node.id > 0) {
    node = nodes[node.parent];
    found.push(node);
  }
  return found;
}

/** The outermost closed part that a part is in, or itself: what is to be seen of it. */
function shownFor(node) {
  return ancestors(node).reduce((shown, outer) => (outer.open ? shown : outer), node);
}

/** All parts that are to be seen, in order, with their depths. */
function* visible(node = nodes[0], depth = 0) {
  for (const child of node.children) {
    yield [child, depth];
    if (child.open) yield* visible(child, depth + 1);
  }
}

/**
 * The connections within a part. Places count the ports that values come in by, then the members,
 * then the ports that values leave by. A part without wires of its own is a chain.
 */
function wiring(node) {
  const values = [node.reads[0], ...node.children.map((child) => child.gives[0])];
  return node.wires ?? values.map((value, place) => [place, place + 1, value, 0]);
}

/** The shapes of what comes into a part, and of what it makes. */
function shapesOf(node) {
  const shapes = (values) => [...new Set(values.map((value) => data.shapes[value]))].join(", ");
  return [shapes(node.reads), shapes(node.result ?? node.gives)];
}

/** Whether a transfer plan lets none of its parameters learn. */
function isFrozen(node) {
  return node.learning?.join() === "frozen";
}

/** A part's name in a sentence. */
function titleOf(node) {
  const what = node.tail ? `${node.head}, ${node.tail}` : node.head;
  return node.repeats ? `${what} ×${node.repeats}` : what;
}

const counted = new Intl.NumberFormat("en");

/** A count with thousands separators; "?" where it depends on a size without a value. */
function count(figure) {
  return typeof figure === "string" ? figure : counted.format(figure ?? 0);
}

/** A count with three digits: 8.18 G. */
function scaled(figure) {
  if (typeof figure === "string") return figure;
  let unit = 0;
  while (figure >= 999.5) {
    figure /= 1000;
    unit++;
  }
  const digits = figure >= 99.95 || unit === 0 ? 0 : figure >= 9.995 ? 1 : 2;
  return `${figure.toFixed(digits)} ${["", "k", "M", "G", "T", "P", "E"][unit]}`.trim();
}

/** What part of a whole, in percent. */
function share(part, whole) {
  if (typeof part === "string" || !whole) return "";
  const percent = (100 * (part ?? 0)) / whole;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}
