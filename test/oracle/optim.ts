// How the oracle's optimizers and schedules are written in the language.

type Attrs = Readonly<Record<string, unknown>>;

/** An optimizer with its settings by name; `betas` are `beta1` and `beta2`. */
export function optimizerText(op: string, attrs: Attrs): string {
  const settings = Object.entries(attrs).flatMap(([name, value]) => {
    if (name !== "betas") return [`${name} = ${String(value)}`];
    const [beta1, beta2] = value as readonly number[];
    return [`beta1 = ${beta1}`, `beta2 = ${beta2}`];
  });
  return `${op}(${settings.join(", ")})`;
}

/** A schedule as text, and the number of steps for which it is laid out. */
export function scheduleOf(
  op: string,
  attrs: Attrs,
): { readonly text: string; readonly steps: number } {
  const a = (name: string): number => {
    const value = attrs[name];
    if (typeof value !== "number") throw new Error(`${op}: ${name} is no number`);
    return value;
  };
  const given = (text: string, steps = 60): { text: string; steps: number } => ({ text, steps });
  switch (op) {
    case "step":
      return given(`step(${a("base")}, every = ${a("step_size")}, factor = ${a("gamma")})`);
    case "multistep":
      return given(
        `multi_step(${a("base")}, at = ${JSON.stringify(attrs["milestones"])}, factor = ${a("gamma")})`,
      );
    case "exponential":
      return given(`exponential(${a("base")}, factor = ${a("gamma")})`);
    case "factor":
      return given(
        `exponential(${a("base") * a("factor")}, factor = ${a("factor")}, to = ${a("stop_factor_lr")})`,
      );
    case "cosine":
      return given(`cosine(from = ${a("base")}, to = ${a("final")})`, a("max_update"));
    case "cosine_warmup":
      return given(
        `warmup(${a("warmup")}, cosine(from = ${a("base")}, to = ${a("final")}), begin = ${a("begin")})`,
        a("max_update"),
      );
    case "cosine_warmup_factor":
      return given(`warmup(${a("warmup")}, cosine(from = ${a("base")}))`, a("total"));
    case "linear_warmup":
      return given(`warmup(${a("warmup")}, ${a("base")})`);
    case "linear_decay":
      return given(`linear(${a("base")})`, a("total"));
    case "polynomial":
      return given(`polynomial(${a("base")}, power = ${a("power")})`, a("total"));
    case "one_cycle": {
      const shape = attrs["anneal_strategy"] === "cos" ? "cosine" : "linear";
      return given(
        `one_cycle(${a("max_lr")}, rise = ${a("pct_start")}, start = ${a("div_factor")}, end = ${a("final_div_factor")}, shape = "${shape}", three_phase = ${String(attrs["three_phase"])})`,
        a("total_steps"),
      );
    }
    case "inverse_sqrt":
      return given(`noam(${a("model_size")}, rise = ${a("warmup")}, factor = ${a("factor")})`);
    case "inverse_sqrt_base":
      return given(`inverse_sqrt(${a("base")}, rise = ${a("warmup")})`);
    case "square_root":
      return given(`square_root(${a("base")})`);
    case "cosine_restarts":
      return given(
        `cosine_restarts(${a("base")}, period = ${a("T_0")}, grow = ${a("T_mult")}, to = ${a("eta_min")})`,
      );
    default:
      throw new Error(`no schedule ${op}`);
  }
}
