// The devices by name: one line each.

import type { Device } from "../artifact.ts";
import { UserError } from "../errors.ts";
import { jsDevice } from "./js.ts";
import { referenceDevice } from "./reference.ts";

export const devices = { js: jsDevice, reference: referenceDevice } as const satisfies Record<
  string,
  Device
>;

export type DeviceName = keyof typeof devices;

/** The device that a person asked for; `auto` is the fastest that this version has. */
export function chooseDevice(name: string): DeviceName {
  if (name === "auto") return "js";
  if (Object.hasOwn(devices, name)) return name as DeviceName;
  const known = ["auto", ...Object.keys(devices)].join(", ");
  throw new UserError(`there is no device called ${name}`, { help: `the devices are ${known}` });
}
