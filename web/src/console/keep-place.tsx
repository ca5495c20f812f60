import { Component, type ReactNode, type RefObject } from "react";

interface KeepPlaceProps {
  box: RefObject<HTMLElement | null>;
  /** The oldest `seq` that is shown. */
  from: number;
  children: ReactNode;
}

interface Place {
  /** What was the first message until now. */
  first: HTMLElement;
  bottom: number;
  /** The focus was on the button above it. */
  asked: boolean;
}

/**
 * When earlier messages appear, what was on screen stays where it was, and the focus of whoever
 * asked for them goes there too. A class, as only classes see the page just before it changes.
 */
export class KeepPlace extends Component<KeepPlaceProps> {
  override getSnapshotBeforeUpdate(before: KeepPlaceProps): Place | null {
    const box = this.props.box.current;
    const first = box?.querySelector<HTMLElement>(".message");
    if (this.props.from >= before.from || !box || !first) return null;
    return { first, bottom: first.getBoundingClientRect().bottom, asked: box.querySelector(".earlier :focus") !== null };
  }

  override componentDidUpdate(_: KeepPlaceProps, __: unknown, place: Place | null): void {
    const box = this.props.box.current;
    if (place === null || box === null) return;
    // The end of a message stays: its head may go, where the message above turns out to be by the same author.
    box.scrollTo({ top: box.scrollTop + place.first.getBoundingClientRect().bottom - place.bottom, behavior: "instant" });
    if (!place.asked) return;
    place.first.tabIndex = -1;
    place.first.focus({ preventScroll: true });
  }

  override render(): ReactNode {
    return this.props.children;
  }
}
