/** Moons, their planets, and the years in which they were found. */
const BY_PLANET: readonly (readonly [planet: string, moons: string])[] = [
  ['Earth', 'Moon -'],
  ['Mars', 'Phobos 1877, Deimos 1877'],
  [
    'Jupiter',
    'Io 1610, Europa 1610, Ganymede 1610, Callisto 1610, Amalthea 1892, Himalia 1904, Elara 1905, Pasiphae 1908, Sinope 1914, Lysithea 1938, Carme 1938, Ananke 1951, Leda 1974, Thebe 1979',
  ],
  [
    'Saturn',
    'Mimas 1789, Enceladus 1789, Tethys 1684, Dione 1684, Rhea 1672, Titan 1655, Hyperion 1848, Iapetus 1671, Phoebe 1899, Janus 1966, Atlas 1980, Prometheus 1980, Pandora 1980',
  ],
  ['Uranus', 'Ariel 1851, Umbriel 1851, Titania 1787, Oberon 1787, Miranda 1948'],
  ['Neptune', 'Triton 1846, Nereid 1949'],
  ['Pluto', 'Charon 1978'],
];

export const MOONS: readonly { name: string; planet: string; found: string }[] = BY_PLANET.flatMap(([planet, moons]) =>
  moons.split(', ').map((moon) => {
    const [name, found] = moon.split(' ');
    return { name: name!, planet, found: found! };
  }),
);

/** The rows of the list, all of the same length. */
export const MOON_ROWS: readonly string[] = MOONS.map(
  ({ name, planet, found }, index) =>
    `${name.padEnd(14)}${planet.padEnd(10)}${found.padEnd(10)}no. ${String(index + 1).padStart(2)}`,
);
