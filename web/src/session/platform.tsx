import type { Platform } from "../api/types";
import { Badge } from "../console/chips";

export const PLATFORM_NAMES: Record<Platform, string> = {
  slack: "Slack",
  teams: "Teams",
  discord: "Discord",
  console: "Console",
  api: "API",
};

export function PlatformChip({ platform }: { platform: Platform }) {
  return <Badge text={PLATFORM_NAMES[platform] ?? platform} tone="neutral" />;
}

/** Whether people talk there. What has no thread was begun by a program. */
export function isChat(platform: Platform): boolean {
  return platform !== "console" && platform !== "api";
}
