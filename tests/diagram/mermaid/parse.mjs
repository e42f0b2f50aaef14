// Reads a JSON list of Mermaid texts and writes what Mermaid's own parser finds in each.

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!DOCTYPE html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });

async function found(text) {
  try {
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    return {
      nodes: [...db.getVertices().values()].map((node) => ({
        id: node.id,
        shape: node.type,
        text: node.text,
        classes: node.classes,
        link: node.link ?? null,
      })),
      edges: db.getEdges().map((edge) => ({
        source: edge.start,
        target: edge.end,
        text: edge.text,
        stroke: edge.stroke,
        style: edge.style ?? null,
      })),
      frames: db.getSubGraphs().map((frame) => ({
        id: frame.id,
        title: frame.title,
        members: frame.nodes,
      })),
      title: db.getAccTitle(),
    };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const all = [];
for (const text of texts) {
  all.push(await found(text));
}
process.stdout.write(JSON.stringify(all));
