/** Where what goes on is to run. */
import type { DeploymentChoice } from "@rejoin/client";
import { useAdmin, usePolled } from "../api/admin.ts";

interface DeploymentFieldProps {
  readonly service: string;
  readonly value: DeploymentChoice;
  readonly onChange: (choice: DeploymentChoice) => void;
}

export function DeploymentField({ service, value, onChange }: DeploymentFieldProps) {
  const admin = useAdmin();
  const { data = [] } = usePolled(["deployments"], () => admin.listDeployments());
  const serving = data.filter(({ services }) => services.some(({ name }) => name === service));
  return (
    <label className="field">
      <span className="label">Deployment</span>
      <select
        className="select"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="keep">The one that it has run on</option>
        <option value="latest">The latest of {service}</option>
        {serving.map(({ id, uri, arn }) => (
          <option key={id} value={id}>
            {id} {uri ?? arn ?? ""}
          </option>
        ))}
      </select>
      <span className="hint">
        Another deployment must do what the journal says in the same order, or the attempt fails.
      </span>
    </label>
  );
}
