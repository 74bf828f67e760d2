import { Compass } from "lucide-react";
import { Link } from "wouter";
import { Empty } from "../parts/messages.tsx";

export function MissingPage() {
  return (
    <Empty Icon={Compass} title="There is no such page">
      <Link href="/overview">Go to the overview</Link>
    </Empty>
  );
}
