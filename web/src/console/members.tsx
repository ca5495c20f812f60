/** Who this page acts as. */
import type { Member, Role } from "../api/types";

const KEY = "flowpilot.member";

export const MEMBER_SWITCH = "act-as";

const ROLE_NAMES: Record<Role, string> = {
  super_admin: "Super admin",
  team_admin: "Admin",
  engineer: "Engineer",
  viewer: "Viewer",
};

export function MemberSwitch({ members, current, onChange }: { members: Member[]; current: Member; onChange: (id: string) => void }) {
  return (
    <label className="member-switch">
      <span className="member-switch-label">Act as</span>
      <select id={MEMBER_SWITCH} value={current.id} onChange={(event) => onChange(event.target.value)}>
        {members.map((member) => (
          <option key={member.id} value={member.id}>
            {nameWithRole(member)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The member chosen in this tab before, or an engineer: the one who works tickets. */
export function startingMember(members: readonly Member[]): Member | undefined {
  const remembered = sessionStorage.getItem(KEY);
  return (
    members.find(({ id }) => id === remembered) ?? members.find(({ role }) => role === "engineer") ?? members[0]
  );
}

/** Why `member` can send nothing; null for those who can. */
export function whyNot({ role }: Member): string | null {
  return role === "viewer" ? "You act as a viewer: you can read everything, but not work tickets." : null;
}

export function rememberMember(id: string): void {
  sessionStorage.setItem(KEY, id);
}

function nameWithRole({ name, role }: Member): string {
  const roleName = ROLE_NAMES[role] ?? role;
  return name.toLowerCase() === roleName.toLowerCase() ? name : `${name} · ${roleName}`;
}
