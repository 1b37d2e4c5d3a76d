import { expect } from "@playwright/test";

export const expectBirds = (page, names) => expect(page.locator("#birds li:visible")).toHaveText(names);
