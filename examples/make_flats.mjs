// Makes flats.csv, an invented table for examples/table.dlm: `node examples/make_flats.mjs`. The rent is a formula of the
// columns with noise; a few entries are missing. The numbers come from a fixed seed, so the file is always the same.

import { writeFileSync } from "node:fs";

let state = 20240601;
/** Uniform in [0, 1): Mulberry32. */
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const pick = (list) => list[Math.floor(uniform() * list.length)];

const quarters = { harbour: 4.1, old_town: 3.4, hill: 2.2, station: 1.1, meadow: 0 };
const heating = { district: 0.4, gas: 0, oil: -0.5 };

const rows = ["id,area,rooms,floor,year,quarter,heating,balcony,rent"];
for (let id = 1; id <= 600; id++) {
  const rooms = 1 + Math.floor(uniform() * 5);
  const area = Math.round((14 + 19 * rooms + 9 * normal()) * 2) / 2;
  const floor = Math.floor(uniform() * 7);
  const year = 1900 + Math.floor(uniform() * 123);
  const quarter = pick(Object.keys(quarters));
  const fuel = pick(Object.keys(heating));
  const balcony = uniform() < 0.45 ? "yes" : "no";
  const age = (2023 - year) / 100;
  const price =
    9.5 +
    quarters[quarter] +
    heating[fuel] +
    (balcony === "yes" ? 0.7 : 0) +
    0.12 * floor -
    3.2 * age * (1.15 - age);
  const rent = Math.max(180, area * price + 60 + 35 * normal());
  const missing = (value, share) => (uniform() < share ? "" : value);
  rows.push(
    [
      id,
      missing(area, 0.03),
      rooms,
      missing(floor, 0.02),
      missing(year, 0.06),
      quarter,
      missing(fuel, 0.03),
      balcony,
      rent.toFixed(0),
    ].join(","),
  );
}
writeFileSync(new URL("flats.csv", import.meta.url), `${rows.join("\n")}\n`);
