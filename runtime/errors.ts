// What goes wrong while running because of the user's files, settings or machine.

export interface UserErrorDetails {
  /** Where: `file:line:column` of the source, or a data file with its row. */
  readonly place?: string;
  /** One concrete next step. */
  readonly help?: string;
  readonly cause?: unknown;
}

/** A mistake or a trouble that the user can mend; shown without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly place: string | undefined;
  readonly help: string | undefined;

  constructor(message: string, details: UserErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.place = details.place;
    this.help = details.help;
  }
}

/** A device does not take a program: it is too large for it, or needs what it lacks. Another device may take it. */
export class DeviceRefusal extends UserError {}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
