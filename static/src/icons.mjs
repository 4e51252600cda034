// Builds ../icons.svg (or the file named as an argument): one <symbol> for every icon that views/ui/icon.go names.
// The icons are Lucide's (ISC licence, https://lucide.dev/license).
import { readFileSync, writeFileSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
const source = readFileSync(here("../../views/ui/icon.go"), "utf8");
const names = [...source.matchAll(/^\s+Icon\w+\s+IconName\s*=\s*"([a-z0-9-]+)"/gm)].map((m) => m[1]);
if (names.length === 0) throw new Error("views/ui/icon.go names no icons");

const symbols = [...new Set(names)].sort().map((name) => {
  const svg = readFileSync(here(`node_modules/lucide-static/icons/${name}.svg`), "utf8");
  const drawing = svg.replace(/<!--.*?-->/s, "").replace(/<svg[^>]*>/s, "").replace("</svg>", "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>")}</symbol>`;
});

// Stroke and fill are inherited from the <svg> that uses a symbol (class "icon").
const output = process.argv[2] ?? here("../icons.svg");
writeFileSync(output,
  `<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Lucide icons, ISC licence, Copyright (c) Lucide Icons and Contributors; parts from Feather, MIT licence, Copyright (c) Cole Bemis -->\n${symbols.join("\n")}\n</svg>\n`);
console.log(`${output}: ${symbols.length} icons`);
