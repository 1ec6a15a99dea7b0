// Functions of the generated shaders. WGSL leaves much open that the language fixes: NaN may be assumed away, large
// arguments may overflow inside tanh, sine is good to 2^-11 only, division by zero may give anything. So the operations
// that matter are written out here; relative errors are a few 1e-7.

interface LibraryFunction {
  readonly code: string;
  /** Other functions that it calls. */
  readonly uses?: readonly string[];
}

const numbers = {
  // A variable is no constant expression, so that a compiler may not reject the value; the bits make it at run time.
  infinity: {
    code: `var<private> infinity_bits: u32 = 0x7f800000u;
fn infinity() -> f32 { return bitcast<f32>(infinity_bits); }`,
  },
  not_a_number: {
    code: `var<private> not_a_number_bits: u32 = 0x7fc00000u;
fn not_a_number() -> f32 { return bitcast<f32>(not_a_number_bits); }`,
  },
  // x != x is false for NaN on some devices.
  is_nan: {
    code: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  },
  is_infinite: {
    code: `fn is_infinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
  },
  equal: {
    code: `fn equal(a: f32, b: f32) -> bool { return a == b && !is_nan(a) && !is_nan(b); }`,
    uses: ["is_nan"],
  },
  // A NaN on either side wins.
  larger: {
    code: `fn larger(a: f32, b: f32) -> f32 { return select(b, a, a > b || is_nan(a)); }`,
    uses: ["is_nan"],
  },
  smaller: {
    code: `fn smaller(a: f32, b: f32) -> f32 { return select(b, a, a < b || is_nan(a)); }`,
    uses: ["is_nan"],
  },
  sign_of: {
    code: `fn sign_of(x: f32) -> f32 { return select(sign(x), x, is_nan(x)); }`,
    uses: ["is_nan"],
  },
  // The nearest number that half precision holds. Conversions by the device may round and overflow otherwise.
  round_half: {
    code: `fn round_half(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  var value = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
  if (size >= 0x477ff000u) { value = max(size, 0x7f800000u); }
  if (size < 0x38800000u) { value = bitcast<u32>(round(bitcast<f32>(size) * 16777216.0) * 5.9604645e-8); }
  return bitcast<f32>(value | (bits & 0x80000000u));
}`,
  },
  // Toward zero, saturating; NaN gives 0.
  truncate: {
    code: `fn truncate(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`,
    uses: ["is_nan"],
  },
} as const satisfies Record<string, LibraryFunction>;

const integers = {
  floor_div: {
    code: `fn floor_div(a: i32, b: i32) -> i32 { return (a - floor_mod(a, b)) / b; }`,
    uses: ["floor_mod"],
  },
  // In [0, b) for b > 0.
  floor_mod: {
    code: `fn floor_mod(a: i32, b: i32) -> i32 { return ((a % b) + b) % b; }`,
  },
  // The sign is the divisor's; a divisor of 0 gives 0.
  remainder_i32: {
    code: `fn remainder_i32(a: i32, b: i32) -> i32 {
  if (b == 0 || b == -1) { return 0; }
  let r = a % b;
  return select(r, r + b, r != 0 && (r < 0) != (b < 0));
}`,
  },
  remainder_f32: {
    code: `fn remainder_f32(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b) || is_infinite(a) || b == 0.0) { return not_a_number(); }
  if (is_infinite(b)) { return select(b, a, a == 0.0 || (a > 0.0) == (b > 0.0)); }
  let r = a % b;
  return select(r, r + b, r != 0.0 && (r < 0.0) != (b < 0.0));
}`,
    uses: ["is_nan", "is_infinite", "not_a_number"],
  },
} as const satisfies Record<string, LibraryFunction>;

const exponentials = {
  exponential: {
    code: `fn exponential(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x > 88.72284) { return infinity(); }
  if (x < -103.97208) { return 0.0; }
  return exp(x);
}`,
    uses: ["is_nan", "infinity"],
  },
  expm1: {
    code: `fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exponential(x) - 1.0; }
  var sum = 1.0;
  for (var n = 9; n >= 2; n--) { sum = 1.0 + sum * x / f32(n); }
  return x * sum;
}`,
    uses: ["exponential"],
  },
  // Near 1 the built-in one is exact to an absolute error only.
  logarithm: {
    code: `fn logarithm(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0) { return not_a_number(); }
  if (x == 0.0) { return -infinity(); }
  if (is_infinite(x)) { return x; }
  if (x > 0.7 && x < 1.4) { return log1p_small(x - 1.0); }
  return log(x);
}`,
    uses: ["is_nan", "is_infinite", "infinity", "not_a_number", "log1p_small"],
  },
  // 2 artanh(x / (2 + x)) by its series.
  log1p_small: {
    code: `fn log1p_small(x: f32) -> f32 {
  let s = x / (2.0 + x);
  let z = s * s;
  var sum = 0.0;
  for (var n = 15; n >= 3; n -= 2) { sum = (sum + 1.0 / f32(n)) * z; }
  return 2.0 * s * (1.0 + sum);
}`,
  },
  log1p: {
    code: `fn log1p(x: f32) -> f32 {
  if (abs(x) < 0.4) { return log1p_small(x); }
  return logarithm(1.0 + x);
}`,
    uses: ["logarithm", "log1p_small"],
  },
  square_root: {
    code: `fn square_root(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0) { return not_a_number(); }
  if (is_infinite(x) || x == 0.0) { return x; }
  return sqrt(x);
}`,
    uses: ["is_nan", "is_infinite", "not_a_number"],
  },
  sigmoid: {
    code: `fn sigmoid(x: f32) -> f32 {
  let e = exponential(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`,
    uses: ["exponential"],
  },
  // The built-in tanh overflows inside: tanh(100) is NaN on some devices.
  hyperbolic_tangent: {
    code: `fn hyperbolic_tangent(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = min(abs(x), 15.0);
  if (size < 0.25) {
    let t = expm1(2.0 * x);
    return t / (t + 2.0);
  }
  let value = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
  return select(-value, value, x > 0.0);
}`,
    uses: ["is_nan", "expm1"],
  },
  // As C99 defines it; the built-in pow knows no negative base. Small whole exponents are products.
  power: {
    code: `fn power(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return not_a_number(); }
  let whole = floor(y) == y;
  if (whole && abs(y) <= 64.0) {
    var value = 1.0;
    var square = x;
    for (var n = i32(abs(y)); n > 0; n >>= 1u) {
      if ((n & 1) == 1) { value *= square; }
      square *= square;
    }
    return select(divide_one(value), value, y > 0.0);
  }
  if (y == 0.5 && x >= 0.0) { return square_root(x); }
  if (x < 0.0 && !whole && !is_infinite(y) && !is_infinite(x)) { return not_a_number(); }
  if (abs(x) == 1.0 && is_infinite(y)) { return 1.0; }
  let odd = whole && abs(y) < 16777216.0 && floor(y * 0.5) * 2.0 != y;
  let value = exponential(y * logarithm(abs(x)));
  return select(value, -value, x < 0.0 && odd);
}`,
    uses: [
      "is_nan",
      "is_infinite",
      "not_a_number",
      "exponential",
      "logarithm",
      "square_root",
      "divide_one",
    ],
  },
  divide_one: {
    code: `fn divide_one(x: f32) -> f32 {
  if (x == 0.0) { return select(infinity(), -infinity(), (bitcast<u32>(x) >> 31u) == 1u); }
  return 1.0 / x;
}`,
    uses: ["infinity"],
  },
} as const satisfies Record<string, LibraryFunction>;

const special = {
  // The quadrant of x and what remains in [-π/4, π/4]: π/2 in three parts (Cody & Waite), for large arguments the
  // product with enough bits of 2/π (Payne & Hanek).
  quadrant: {
    code: `fn quadrant(x: f32) -> vec2f {
  if (abs(x) > 30000.0) { return large_quadrant(x); }
  let n = round(x * 0.63661975);
  return vec2f(((x - n * 1.5703125) - n * 0.00048375129699707031) - n * 0.000000075497894158615964, n);
}`,
    uses: ["large_quadrant"],
  },
  large_quadrant: {
    code: `fn large_quadrant(x: f32) -> vec2f {
  let bits = bitcast<u32>(x);
  let mantissa = (bits << 8u) | 0x80000000u;
  let exponent = ((bits >> 23u) & 255u) - 126u;
  var digits = array<u32, 8>(0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0u);
  let first = exponent >> 5u;
  let shift = exponent & 31u;
  var word = array<u32, 3>(digits[first], digits[first + 1u], digits[first + 2u]);
  if (shift > 0u) {
    for (var n = 0u; n < 3u; n++) {
      word[n] = (word[n] << shift) | (digits[first + n + 1u] >> (32u - shift));
    }
  }
  // mantissa · word, 2 bits before the point
  let carried = multiply_high(mantissa, word[2]);
  let low = mantissa * word[1] + carried;
  let high = mantissa * word[0] + multiply_high(mantissa, word[1]) + select(0u, 1u, low < carried);
  let q = (high >> 30u) + ((high >> 29u) & 1u);
  let rest = i32(high << 2u) >> 2u;
  let turns = f32(rest) * 0.00000000093132257461547852 + f32(low) * 0.00000000000000000021684043449710089;
  let sign = select(1.0, -1.0, x < 0.0);
  return vec2f(sign * turns * 1.5707964, sign * f32(q));
}`,
    uses: ["multiply_high"],
  },
  sine_or_cosine: {
    code: `fn sine_or_cosine(x: f32, turn: i32) -> f32 {
  if (is_nan(x) || is_infinite(x)) { return not_a_number(); }
  let reduced = quadrant(x);
  let r = reduced.x;
  let z = r * r;
  let q = (truncate(reduced.y) + turn) & 3;
  let sine = r + r * z * (-0.16666667 + z * (0.008333333 + z * (-0.00019841270 + z * 0.0000027557319)));
  let cosine = 1.0 - z * (0.5 - z * (0.041666668 + z * (-0.0013888889 + z * 0.000024801587)));
  let value = select(sine, cosine, (q & 1) == 1);
  return select(value, -value, q >= 2);
}`,
    uses: ["is_nan", "is_infinite", "not_a_number", "quadrant", "truncate"],
  },
  sine: {
    code: `fn sine(x: f32) -> f32 { return sine_or_cosine(x, 0); }`,
    uses: ["sine_or_cosine"],
  },
  cosine: {
    code: `fn cosine(x: f32) -> f32 { return sine_or_cosine(x, 1); }`,
    uses: ["sine_or_cosine"],
  },
  // Its series below 1, above it Abramowitz & Stegun 7.1.26 (absolute error 1.5e-7).
  error_function: {
    code: `fn error_function(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = min(abs(x), 6.0);
  if (size < 1.0) {
    let z = x * x;
    var term = x;
    var sum = x;
    for (var n = 1; n < 12; n++) {
      term *= -z / f32(n);
      sum += term / f32(2 * n + 1);
    }
    return 1.1283792 * sum;
  }
  let t = 1.0 / (1.0 + 0.3275911 * size);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let value = 1.0 - tail * exp(-size * size);
  return select(-value, value, x > 0.0);
}`,
    uses: ["is_nan"],
  },
  // Reduced to [1, 2) by Γ(x + 1) = xΓ(x); there Abramowitz & Stegun 6.1.36 (error 3e-7).
  gamma: {
    code: `fn gamma(x: f32) -> f32 {
  if (is_nan(x) || (x <= 0.0 && floor(x) == x)) { return not_a_number(); }
  if (x > 35.1) { return infinity(); }
  if (x < -43.0) { return 0.0; }
  var t = x;
  var product = 1.0;
  for (; t >= 2.0; ) { t -= 1.0; product *= t; }
  for (; t < 1.0; ) { product /= t; t += 1.0; }
  let u = t - 1.0;
  return product * (1.0 + u * (-0.577191652 + u * (0.988205891 + u * (-0.897056937 + u * (0.918206857
    + u * (-0.756704078 + u * (0.482199394 + u * (-0.193527818 + u * 0.035868343))))))));
}`,
    uses: ["is_nan", "not_a_number", "infinity"],
  },
} as const satisfies Record<string, LibraryFunction>;

// Philox 4×32-10 (Salmon et al., 2011) as in runtime/random.ts: the same bits.
const random = {
  multiply_high: {
    code: `fn multiply_high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let crossed = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (crossed >> 16u);
}`,
  },
  uniform_at: {
    code: `fn uniform_at(element: i32, key0: u32, key1: u32, seed: i32, step: i32) -> f32 {
  var c = vec4u(u32(element), u32(step), u32(seed), 0u);
  var k = vec2u(key0, key1);
  for (var n = 0; n < 10; n++) {
    c = vec4u(
      multiply_high(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
      multiply_high(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return f32(c.x >> 8u) * 0.000000059604644775390625;
}`,
    uses: ["multiply_high"],
  },
} as const satisfies Record<string, LibraryFunction>;

const library: Readonly<Record<string, LibraryFunction>> = {
  ...numbers,
  ...integers,
  ...exponentials,
  ...special,
  ...random,
};

export type LibraryName =
  | keyof typeof numbers
  | keyof typeof integers
  | keyof typeof exponentials
  | keyof typeof special
  | keyof typeof random;

/** The code of these functions and of what they call, in the order of the library. */
export function libraryCode(names: Iterable<LibraryName>): string[] {
  const wanted = new Set<string>();
  const want = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    library[name]?.uses?.forEach(want);
  };
  for (const name of names) want(name);
  return Object.entries(library)
    .filter(([name]) => wanted.has(name))
    .map(([, { code }]) => code);
}
