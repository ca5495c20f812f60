/** What concerns the whole page: the demo, a lost connection, a key that is no longer known. */
import type { ServerState } from "../api/types";
import { AlertIcon } from "./icons";
import { useLive } from "./live";
import { clockTime } from "./time";

export function Banners({ server, expired }: { server: ServerState; expired: boolean }) {
  const { lostSince, retry } = useLive();
  const psa = server.psa === null ? null : server.psa.sandbox ? "a ConnectWise sandbox on this machine" : `${server.psa.name} on this machine`;
  return (
    <div className="banners">
      {server.demo && (
        <p className="banner banner-demo">
          <span>
            <strong>Demo:</strong> {psa ?? "everything runs on this machine"}; nothing leaves it.
          </span>
        </p>
      )}
      <div role="status">
        {lostSince !== null && !expired && (
          <div className="banner banner-warn">
            <AlertIcon />
            <span>Connection lost since {clockTime(lostSince)}, retrying…</span>
            <button type="button" className="button small" onClick={retry}>
              Try now
            </button>
          </div>
        )}
      </div>
      {expired && (
        <div className="banner banner-bad" role="alert">
          <AlertIcon />
          <span>This page's key has expired. Open the address printed in the terminal, then reload this page.</span>
          <button type="button" className="button small" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      )}
    </div>
  );
}
