/** True where a missing prerequisite (data, browser, driver) must fail tests instead of skipping them. */
export const requireAll = process.env["DLM_REQUIRE_ALL"] === "1";
