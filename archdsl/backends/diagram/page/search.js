// Search: every part by its path, op, block or arguments.

const MOST_FOUND = 60;
let found = [];
let chosen = 0;

/** The parts that have all words of a query, those whose path begins or ends with it first. */
function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const scored = [];
  for (const node of nodes.slice(1)) {
    node.words ??= wordsOf(node);
    if (words.every((word) => node.words.includes(word))) {
      const path = (node.path ?? "").toLowerCase();
      const exact = path === words[0] ? 0 : path.startsWith(words[0]) || path.endsWith(words[0]) ? 1 : 2;
      scored.push([exact, node]);
    }
  }
  scored.sort((a, b) => a[0] - b[0] || a[1].id - b[1].id);
  return scored.map(([, node]) => node);
}

function wordsOf(node) {
  const args = (data.layers[node.layer]?.arguments ?? node.arguments ?? []).map((pair) => pair.join("="));
  const text = [node.path, titleOf(node), node.block, ...args, shapesOf(node)[1]].join(" ").toLowerCase();
  return `${text} ${text.replaceAll("×", "x")}`;
}

function showFound() {
  const all = search(byId("search").value);
  found = all.slice(0, MOST_FOUND);
  chosen = 0;
  const rows = found.map((node, at) => {
    const row = element("li", { role: "option", id: `found${at}`, "aria-selected": at === 0 },
      node.path || titleOf(node), element("small", {}, titleOf(node)));
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(at);
    });
    return row;
  });
  if (all.length > found.length) rows.push(element("li", { class: "faint" }, `and ${all.length - found.length} more`));
  if (byId("search").value && !all.length) rows.push(element("li", { class: "faint" }, "nothing found"));
  byId("results").replaceChildren(...rows);
  byId("results").hidden = rows.length === 0;
  byId("search").setAttribute("aria-expanded", rows.length > 0);
  choose(0);
}

function choose(at) {
  byId(`found${chosen}`)?.setAttribute("aria-selected", "false");
  chosen = Math.max(0, Math.min(at, found.length - 1));
  const row = byId(`found${chosen}`);
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
  if (row) byId("search").setAttribute("aria-activedescendant", row.id);
  else byId("search").removeAttribute("aria-activedescendant");
}

function take(at) {
  if (!found[at]) return;
  const node = found[at];
  endSearch();
  reveal(node);
}

function endSearch() {
  byId("results").hidden = true;
  byId("search").setAttribute("aria-expanded", "false");
  byId("scroll").focus({ preventScroll: true });
}

byId("search").addEventListener("input", showFound);
byId("search").addEventListener("focus", () => byId("search").value && showFound());
byId("search").addEventListener("blur", () => (byId("results").hidden = true));
byId("search").addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) choose(chosen + steps[event.key]);
  else if (event.key === "Enter") take(chosen);
  else if (event.key === "Escape") {
    byId("search").value = "";
    endSearch();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
