/**
 * A payload for Slack, made ready to be drawn here: what is shown stays as it is, what would act on its
 * own is taken out, and each control gets an id that is the only one of its kind on the page.
 */
import type { Block } from "slack-blocks-to-jsx";

interface Control {
  type: string;
  action_id?: string;
  value?: string;
  options?: { value: string }[];
  confirm?: unknown;
}

interface AnyBlock {
  type: string;
  block_id?: string;
  elements?: Control[];
}

export interface Drawing {
  blocks: Block[];
  /** The card's action behind each button, by the button's id. */
  buttons: Map<string, string>;
  /** The card's actions behind a menu's options, by the menu's id. */
  menus: Map<string, string[]>;
}

/** How the renderer names the list of a menu: this, and the menu's `action_id`. */
const MENU_LIST = "overflow_menu_popup_";

/** Buttons of other cards (there are none) would not be ours to press. */
export function drawing(payload: { blocks?: unknown }, card: string): Drawing {
  const buttons = new Map<string, string>();
  const menus = new Map<string, string[]>();
  const blocks = (Array.isArray(payload.blocks) ? (payload.blocks as AnyBlock[]) : []).map((block) => {
    if (block.type !== "actions") return block;
    const isOurs = block.block_id?.startsWith(`card:${card}:`) === true;
    const elements = (block.elements ?? []).map(({ confirm: _, ...element }) => {
      // Ids of two cards may be the same, and spaces would make the id several.
      const id = `${block.block_id ?? ""}:${element.action_id ?? ""}`.replaceAll(/\s/g, "_");
      if (isOurs && element.value !== undefined) buttons.set(id, element.value);
      if (isOurs && element.options !== undefined) menus.set(id, element.options.map(({ value }) => value));
      return { ...element, action_id: id };
    });
    return { ...block, elements };
  });
  return { blocks: blocks as Block[], buttons, menus };
}

/** The card's action that a click was meant for, where it was for one. */
export function pressed(target: Element, { buttons, menus }: Drawing): string | undefined {
  const button = target.closest("button");
  if (button !== null) return buttons.get(button.id);
  const option = target.closest("[tabindex]");
  const list = target.closest(`[id^="${MENU_LIST}"]`);
  if (option === null || list === null || option.parentElement === null) return undefined;
  const at = [...option.parentElement.children].indexOf(option);
  return menus.get(list.id.slice(MENU_LIST.length))?.[at];
}
