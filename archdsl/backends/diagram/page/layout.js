// Where the members of an open part stand, and how their connections run.
//
// Members stand in rows, each below all that it reads from. The main path runs straight down the
// axis, x = 0. All else that stands in line is a strip: a side branch, or the way of a connection
// that passes other rows. Strips are put beside what is there already, short ones first, so that
// nothing overlaps. Between rows, connections run level on tracks of their own.

const PADDING = 12; // within a frame
const STEM = 16; // below a row: room for a shape
const HEAD = 14; // above a row: room for an arrow head
const TRACK = 8;
const BESIDE = 20; // between strips
const LANE = 6; // half the width of a strip that is only a connection

const EMPTY = { left: 0, right: 0, height: 0, entry: {}, exit: {}, wires: [], dots: [] };

/**
 * Lay out a part, and all open parts within it that have changed. Sets x and y of its members, and
 * node.layout:
 *   left, right, height: its extent, to both sides of its axis
 *   entry, exit: by value, where a connection meets its upper or lower edge
 *   wires: their ends, points and label, and what kind each is; dots: where some part
 */
function layOut(node) {
  if (node.layout) return node.layout;
  if (!node.open) return (node.layout = { ...sizeOf(node), entry: {}, exit: {} });
  if (!node.children.length) return (node.layout = { ...EMPTY });
  const wires = wiring(node);
  const port = { left: 0, right: 0, height: 0, entry: {}, exit: {} };
  const items = [
    ...node.reads.map((value) => ({ ...port, value })),
    ...node.children.map((child) => ({ ...layOut(child), node: child })),
    ...node.gives.map((value) => ({ ...port, value })),
  ];
  items.forEach((item, place) => (item.place = place));
  const links = wires.map(([source, target, value, skip]) => ({
    source: items[source],
    target: items[target],
    value,
    skip: Boolean(skip),
  }));
  const from = groupedBy(links, (link) => link.source);
  const to = groupedBy(links, (link) => link.target);
  const sameValue = groupedBy(links, (link) => link.value);
  rank(items, links, node.gives.length);
  markMain(node, items, to);
  for (const link of links) {
    // Room for a shape that stands beside the axis below its source.
    link.label = labelOf(link, sameValue);
    if (link.label) link.source.room = labelWidth(link.label);
  }
  const strips = findStrips(items, links, from, to);
  const sides = placeStrips(items, strips);
  const gaps = findTracks(items, links);
  const height = placeRows(node, items, gaps);
  for (const link of links) link.points = route(link, gaps);
  return (node.layout = framed(node, items, links, sameValue, sides, height));
}

/** What there is for each key; nothing for others. */
function groupedBy(list, keyOf) {
  const groups = new Map();
  for (const one of list) {
    const key = keyOf(one);
    if (groups.has(key)) groups.get(key).push(one);
    else groups.set(key, [one]);
  }
  return (key) => groups.get(key) ?? [];
}

/** Rows from 0 on: each item below all that it reads from, ports that values leave by last. */
function rank(items, links, leaving) {
  for (const item of items) item.row = 0;
  for (const { source, target } of links) target.row = Math.max(target.row, source.row + 1);
  const last = Math.max(...items.map((item) => item.row));
  const inside = items.length - leaving;
  const bottom = leaving && items.slice(0, inside).some((item) => item.row === last) ? last + 1 : last;
  for (const item of items.slice(inside)) item.row = bottom;
}

/**
 * The main path: a longest one to what leaves first. Of equally long branches the middle one, so that
 * others stand on both sides.
 */
function markMain(node, items, to) {
  const isEnd = (item) => (node.gives.length ? !item.node : item.node.kind === "output");
  let item = items.slice(node.reads.length).find(isEnd);
  while (item) {
    item.isMain = true;
    const { row } = item;
    const sources = to(item).map(({ source }) => source);
    const before = sources.filter((source) => source.row === row - 1);
    const longest = before.length ? before : sources;
    item = longest[(longest.length - 1) >> 1];
  }
}

/** Side branches, and ways past other rows. Every link learns by which strip it runs. */
function findStrips(items, links, from, to) {
  const strips = [];
  for (const first of items) {
    if (first.isMain || first.strip) continue;
    const strip = { items: [], top: first.row, bottom: first.row, index: first.place };
    for (let item = first; item; item = nextInStrip(item, from)) {
      item.strip = strip;
      strip.items.push(item);
      strip.bottom = item.row;
    }
    centre(strip, from, to);
    strip.left = Math.max(...strip.items.map((item) => item.left));
    strip.right = Math.max(...strip.items.map(roomAtRight));
    strips.push(strip);
  }
  const lanes = new Map();
  for (const link of links) {
    const { source, target } = link;
    if (target.row - source.row < 2 || isStraight(link)) continue;
    if (source.strip && source.strip.items.at(-1) === source) link.strip = source.strip;
    else if (target.strip && target.strip.items[0] === target) link.strip = target.strip;
    else if (lanes.has(link.value)) link.strip = lanes.get(link.value);
    else {
      const lane = { items: [], top: source.row + 1, bottom: source.row + 1, left: LANE, right: LANE };
      const within = source.strip === target.strip ? source.strip : undefined;
      link.strip = { ...lane, index: within?.index ?? Infinity };
      lanes.set(link.value, link.strip);
      strips.push(link.strip);
    }
    const { strip } = link;
    strip.top = Math.min(strip.top, source.row + 1);
    strip.bottom = Math.max(strip.bottom, strip.items.length ? target.row - 1 : target.row);
  }
  return strips;
}

/** How far an item reaches to the right, with the shape below it. */
function roomAtRight(item) {
  return Math.max(item.right, item.room ?? 0);
}

/** What continues a side branch: something that no strip has yet. */
function nextInStrip(item, from) {
  return from(item).find(({ target }) => !target.isMain && !target.strip)?.target;
}

/** Move a side branch to the middle of the rows that it may stand in. */
function centre(strip, from, to) {
  const { items } = strip;
  const inner = new Set(items);
  const own = items.length === strip.bottom - strip.top + 1;
  const free = items.every((item, place) =>
    [...(place ? to(item) : []), ...(place < items.length - 1 ? from(item) : [])].every(
      ({ source, target }) => inner.has(source) && inner.has(target),
    ),
  );
  const below = Math.min(...from(items.at(-1)).map(({ target }) => target.row));
  const above = Math.max(...to(items[0]).map(({ source }) => source.row));
  if (!own || !free || !Number.isFinite(below - above) || items.some((item) => !item.node)) return;
  const shift = Math.floor((below - above - 1 - items.length) / 2);
  for (const item of items) item.row += shift;
  strip.top += shift;
  strip.bottom += shift;
}

/**
 * Whether nothing stands between two items. The main path is a longest one, so its members stand in
 * neighbouring rows, but for the port at its end.
 */
function isStraight({ source, target }) {
  if (source.isMain && target.isMain) return target.row === source.row + 1 || !target.node;
  const line = source.strip?.items ?? [];
  return source.strip === target.strip && line.indexOf(target) === line.indexOf(source) + 1;
}

/** Give every item and strip its x; returns how far all of it reaches to the left and the right. */
function placeStrips(items, strips) {
  const rows = Math.max(...items.map((item) => item.row)) + 1;
  const left = new Array(rows).fill(0);
  const right = new Array(rows).fill(0);
  for (const item of items) {
    if (!item.isMain) continue;
    item.x = 0;
    left[item.row] = Math.max(left[item.row], item.left);
    right[item.row] = Math.max(right[item.row], roomAtRight(item));
  }
  const mainIndex = items.findLastIndex((item) => item.isMain && item.row < rows - 1);
  const isLeft = (strip) => strip.index < firstOnMain(items, strip.top, mainIndex);
  const length = (strip) => strip.bottom - strip.top;
  // Of side branches that are equally long, those written next to the main path stand next to it.
  const near = (strip) => (isLeft(strip) ? -strip.index : strip.index);
  strips.sort((a, b) => length(a) - length(b) || near(a) - near(b) || 0);
  for (const strip of strips) {
    const reach = isLeft(strip) ? left : right;
    const inner = isLeft(strip) ? strip.right : strip.left;
    const outer = isLeft(strip) ? strip.left : strip.right;
    const distance = Math.max(0, ...reach.slice(strip.top, strip.bottom + 1)) + BESIDE / 2 + inner;
    strip.x = isLeft(strip) ? -distance : distance;
    for (let row = strip.top; row <= strip.bottom; row++) reach[row] = distance + outer + BESIDE / 2;
    for (const item of strip.items) item.x = strip.x;
  }
  return { left: Math.max(...left), right: Math.max(...right) };
}

/** The place of what stands on the main path in a row, to tell which side a branch belongs to. */
function firstOnMain(items, row, otherwise) {
  const found = items.findIndex((item) => item.isMain && item.row === row);
  return found < 0 ? otherwise : found;
}

/** The level runs in the gap below each row: which there are, and the track of each. */
function findTracks(items, links) {
  const gaps = Array.from({ length: Math.max(...items.map((item) => item.row)) + 1 }, () => new Map());
  const add = (row, key, from, to) => {
    const run = gaps[row].get(key) ?? { from: Infinity, to: -Infinity };
    gaps[row].set(key, run);
    run.from = Math.min(run.from, from, to);
    run.to = Math.max(run.to, from, to);
    return run;
  };
  const users = new Map();
  for (const { source, value } of links) {
    const key = `${value} ${source.row}`;
    users.set(key, (users.get(key) ?? 0) + 1);
  }
  for (const link of links) {
    const { source, target, value } = link;
    link.fromX = source.x + (source.exit[value] ?? 0);
    link.toX = target.x + (target.entry[value] ?? 0);
    link.x = link.strip ? link.strip.x : link.toX;
    link.sideways = link.strip && !link.strip.items.length && hasFreeSide(link, items);
    if (Math.abs(link.fromX - link.x) > 0.5) {
      const alone = users.get(`${value} ${source.row}`) === 1 && !link.strip;
      const key = alone ? `to ${target.place}` : `from ${value}`;
      link.leaves = add(source.row, key, link.fromX, link.x);
    }
    if (Math.abs(link.toX - link.x) > 0.5 && !link.sideways) {
      link.arrives = add(target.row - 1, `to ${target.place}`, link.x, link.toX);
    }
  }
  return gaps.map((runs) => ({ tracks: assignTracks(runs) }));
}

/** Whether nothing stands between a way and the side of its target. */
function hasFreeSide({ strip, target }, items) {
  if (!target.node || target.node.open) return false;
  return !items.some(
    (item) =>
      item !== target && item.row === target.row && (item.x - target.x) * (item.x - strip.x) < 0,
  );
}

/** Put runs that overlap on different tracks; returns how many tracks there are. */
function assignTracks(runs) {
  const tracks = [];
  const outgoing = ([key]) => (key.startsWith("from") ? 0 : 1);
  const sorted = [...runs].sort(
    (a, b) => outgoing(a) - outgoing(b) || a[1].to - a[1].from - (b[1].to - b[1].from),
  );
  for (const [, run] of sorted) {
    run.track = tracks.findIndex((others) =>
      others.every((other) => run.to + TRACK < other.from || other.to + TRACK < run.from),
    );
    if (run.track < 0) run.track = tracks.push([]) - 1;
    tracks[run.track].push(run);
  }
  return tracks.length;
}

/** Give every item its y, every gap its own; returns the height of all. */
function placeRows(node, items, gaps) {
  const heights = new Array(gaps.length).fill(0);
  for (const item of items) heights[item.row] = Math.max(heights[item.row], item.height);
  let y = node.id === 0 ? 0 : headerHeight(node);
  gaps.forEach((gap, row) => {
    gap.rowTop = y;
    const stem = heights[row] > 0 ? STEM : 4;
    gap.top = y + heights[row] + stem;
    const isLast = row === gaps.length - 1;
    y = isLast ? y + heights[row] : gap.top + Math.max(gap.tracks - 1, 0) * TRACK + HEAD;
    if (row === gaps.length - 2 && heights[row + 1] === 0) y -= HEAD - 4;
  });
  for (const item of items) {
    item.y = gaps[item.row].rowTop + (heights[item.row] - item.height) / 2;
    if (item.node) Object.assign(item.node, { x: item.x, y: item.y });
  }
  return y;
}

/** The corners of a connection, from its source to its target. */
function route(link, gaps) {
  const { source, target, fromX, toX, x, leaves, arrives } = link;
  const points = [[fromX, source.y + source.height]];
  if (leaves) {
    const y = gaps[source.row].top + leaves.track * TRACK;
    points.push([fromX, y], [x, y]);
  }
  if (link.sideways) {
    const y = target.y + target.height / 2;
    points.push([x, y], [toX + (x > toX ? target.right : -target.left), y]);
    return points;
  }
  if (arrives) {
    const y = gaps[target.row - 1].top + arrives.track * TRACK;
    points.push([x, y], [toX, y]);
  }
  points.push([toX, target.y]);
  return points;
}

/** The layout of an open part, from what is within it. */
function framed(node, items, links, sameValue, sides, height) {
  const inputs = items.slice(0, node.reads.length);
  const outputs = node.gives.length ? items.slice(-node.gives.length) : [];
  const at = (ports) => Object.fromEntries(ports.map((port) => [port.value, port.x]));
  const padding = node.id === 0 ? 0 : PADDING;
  // Ports stand below the title; what comes in by them begins at the frame.
  for (const link of links) if (!link.source.node) link.points[0][1] = 0;
  return {
    left: Math.max(sides.left + padding, titleWidth(node)),
    right: sides.right + padding,
    height: height + (node.gives.length ? 0 : padding),
    entry: at(inputs),
    exit: at(outputs),
    wires: links.map(drawn).sort((a, b) => b.skip - a.skip),
    dots: forks(links, sameValue),
  };
}

function drawn({ points, skip, source, target, label }) {
  return {
    points,
    skip,
    label,
    training: Boolean(source.node?.training || target.node?.training),
    arrow: Boolean(target.node && !target.node.open),
    source: source.place,
    target: target.place,
  };
}

/** A shape stands below what has changed it, once. */
function labelOf(link, sameValue) {
  const { source, value, skip } = link;
  const first = sameValue(value).find((other) => !other.skip);
  if (!source.node || source.node.open || skip || first !== link) return "";
  if (["input", "output"].includes(source.node.kind) || link.target.node?.kind === "output") return "";
  const shape = data.shapes[value];
  return source.node.reads.some((read) => data.shapes[read] === shape) ? "" : shape;
}

/** Where connections of one value part. */
function forks(links, sameValue) {
  const dots = new Map();
  for (const link of links) {
    const same = sameValue(link.value);
    if (link.leaves && same.some((other) => !other.leaves)) {
      dots.set(String(link.points[1]), { at: link.points[1], skip: link.skip });
    }
    const further = same.some((other) => other.strip === link.strip && other.target.row > link.target.row);
    if (link.strip && !link.strip.items.length && further) {
      const corner = link.points.at(link.sideways ? -2 : -3);
      dots.set(String(corner), { at: corner, skip: link.skip });
    }
  }
  return [...dots.values()];
}
