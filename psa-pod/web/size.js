/** Fails when the page has become too heavy: everything that is fetched, compressed, in all. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LARGEST = 40 * 1024;
const files = readdirSync("dist", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const sizes = files.map((file) => gzipSync(readFileSync(`${file.parentPath}/${file.name}`)).length);
const all = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${(all / 1024).toFixed(1)} kB compressed in all, of ${LARGEST / 1024} at most`);
if (all > LARGEST) process.exit(1);
