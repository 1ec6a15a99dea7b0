// Made tables under the names and with the headers of the real ones, so that examples on them train in a moment and without
// a network. What is to be learned is a plain formula; a few entries are missing, as in the real files.

/** The text of a table for the file names below `tabular/`. */
export function smallTables(): Map<string, string> {
  return new Map([
    ["california_housing.csv", districts(120)],
    ["penguins.csv", penguins(90)],
  ]);
}

function districts(count: number): string {
  const header =
    "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,median_house_value,ocean_proximity";
  const rows = Array.from({ length: count }, (_, i) => {
    const coast = (i * 7) % 10;
    const households = 100 + ((i * 37) % 400);
    const income = 1 + ((i * 13) % 60) / 10;
    return [
      (-124 + coast).toFixed(2),
      (33 + ((i * 11) % 80) / 10).toFixed(2),
      (5 + (i % 47)).toFixed(1),
      households * 5,
      i % 29 === 3 ? "" : households + (i % 17),
      households * 3,
      households,
      income,
      Math.round(40_000 + 50_000 * income - 8_000 * coast),
      ["<1H OCEAN", "NEAR BAY", "INLAND"][coast < 2 ? 1 : coast < 5 ? 0 : 2],
    ].join(",");
  });
  return `${[header, ...rows].join("\n")}\n`;
}

function penguins(count: number): string {
  const header =
    "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year";
  const rows = Array.from({ length: count }, (_, i) => {
    const species = i % 3;
    const isMale = (i * 5) % 7 < 3;
    const measured = i % 31 !== 4;
    const measures = [38 + 5 * species, 19 - 2 * species, 190 + 12 * species, 3600 + 500 * species];
    return [
      ["Adelie", "Chinstrap", "Gentoo"][species],
      ["Torgersen", "Dream", "Biscoe"][(species + (i % 4 === 0 ? 1 : 0)) % 3],
      ...measures.map((mean, k) =>
        measured ? mean + ((i * (k + 3)) % 5) + (isMale ? 1 : 0) : "NA",
      ),
      i % 23 === 1 ? "NA" : isMale ? "male" : "female",
      2007 + (i % 3),
    ].join(",");
  });
  return `${[header, ...rows].join("\n")}\n`;
}
