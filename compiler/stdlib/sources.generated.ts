// Made from stdlib/**.dlm by `npm run embed`; do not edit.

/** Source text of the standard library by its path below `stdlib/`. */
export const stdlibSources: Readonly<Record<string, string>> = {};
