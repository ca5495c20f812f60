/** Who this page acts as. */
import type { Member, Role } from "../api/types";

const KEY = "flowpilot.member";

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
      <select value={current.id} onChange={(event) => onChange(event.target.value)}>
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

export function rememberMember(id: string): void {
  sessionStorage.setItem(KEY, id);
}

function nameWithRole({ name, role }: Member): string {
  const roleName = ROLE_NAMES[role] ?? role;
  return name.toLowerCase() === roleName.toLowerCase() ? name : `${name} · ${roleName}`;
}
