/** Light, dark, or as the system says. The choice is this browser's. */
import { useState } from "react";
import { MoonIcon, SunIcon, SystemIcon } from "../console/icons";

type Theme = "system" | "light" | "dark";

const KEY = "flowpilot.theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: SystemIcon, light: SunIcon, dark: MoonIcon };
const NAMES: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

/** Call before the first render, so that nothing flashes. */
export function applyTheme(theme: Theme = storedTheme()): void {
  document.documentElement.dataset.theme = theme;
}

export function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const Icon = ICONS[theme];
  const label = `Theme: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}`;
  const change = (): void => {
    const next = NEXT[theme];
    localStorage.setItem(KEY, next);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className="button icon-button" aria-label={label} title={label} onClick={change}>
      <Icon />
    </button>
  );
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}
