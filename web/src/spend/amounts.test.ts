import { expect, test } from "vitest";
import { seconds, share, usd, used } from "./amounts";

test("money has two digits, and four where it is less than a cent", () => {
  expect([usd(12_400_000), usd(0), usd(1_100), usd(10_000)]).toEqual(["12.40", "0.00", "0.0011", "0.01"]);
});

test("what is not known is a dash", () => {
  expect([share(null), seconds(null)]).toEqual(["–", "–"]);
  expect([share(0.75), seconds(1_240), seconds(40)]).toEqual(["75%", "1.2 s", "40 ms"]);
});

test("a limit is never more than used up", () => {
  expect([used(1, 4), used(9, 4), used(0, 0)]).toEqual([0.25, 1, 1]);
});
