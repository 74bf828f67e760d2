/** The frame of every page: where one can go, and the page itself. */
import { type ComponentType, lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { LiveContext } from "./api/admin.ts";
import { Help } from "./frame/help.tsx";
import { decodePart } from "./frame/location.ts";
import { BottomNav, Sidebar } from "./frame/navigation.tsx";
import { PageBoundary } from "./frame/page-boundary.tsx";
import { PAGES } from "./frame/pages.ts";
import { useKeys } from "./parts/keys.ts";
import { Loading } from "./parts/messages.tsx";

/** A page that is loaded when it is gone to. */
function page<Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType>>>,
  name: Name,
): ComponentType {
  return lazy(async (): Promise<{ default: ComponentType }> => ({ default: (await load())[name] }));
}

const Overview = page(() => import("./pages/overview/overview-page.tsx"), "OverviewPage");
const Invocations = page(
  () => import("./pages/invocations/invocations-page.tsx"),
  "InvocationsPage",
);
const Invocation = page(() => import("./pages/invocation/invocation-page.tsx"), "InvocationPage");
const Services = page(() => import("./pages/services/services-page.tsx"), "ServicesPage");
const Service = page(() => import("./pages/services/service-page.tsx"), "ServicePage");
const Deployments = page(
  () => import("./pages/deployments/deployments-page.tsx"),
  "DeploymentsPage",
);
const Deployment = page(() => import("./pages/deployments/deployment-page.tsx"), "DeploymentPage");
const State = page(() => import("./pages/state/state-page.tsx"), "StatePage");
const Limits = page(() => import("./pages/limits/limits-page.tsx"), "LimitsPage");
const Sql = page(() => import("./pages/sql/sql-page.tsx"), "SqlPage");
const Missing = page(() => import("./pages/missing-page.tsx"), "MissingPage");

export function App() {
  const [isLive, setLive] = useState(true);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [location, navigate] = useLocation();
  const live = useMemo(() => ({ isLive, setLive }), [isLive]);
  useKeys({
    "?": () => setHelpOpen(true),
    ...Object.fromEntries(PAGES.map(({ key, path }) => [`g ${key}`, () => navigate(path)])),
  });
  useTitle(location);
  return (
    <LiveContext value={live}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="shell">
        <Sidebar openHelp={() => setHelpOpen(true)} />
        <main className="main" id="main" tabIndex={-1}>
          <div className="main-inner">
            <PageBoundary key={location}>
              <Suspense fallback={<Loading />}>
                <Routes />
              </Suspense>
            </PageBoundary>
          </div>
        </main>
        <BottomNav openHelp={() => setHelpOpen(true)} />
      </div>
      {isHelpOpen && <Help onClose={() => setHelpOpen(false)} />}
    </LiveContext>
  );
}

function Routes() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/overview" replace />
      </Route>
      <Route path="/overview" component={Overview} />
      <Route path="/invocations" component={Invocations} />
      <Route path="/invocations/:id" component={Invocation} />
      <Route path="/services" component={Services} />
      <Route path="/services/:name" component={Service} />
      <Route path="/deployments" component={Deployments} />
      <Route path="/deployments/:id" component={Deployment} />
      <Route path="/state" component={State} />
      <Route path="/state/:service" component={State} />
      <Route path="/state/:service/:key" component={State} />
      <Route path="/limits" component={Limits} />
      <Route path="/sql" component={Sql} />
      <Route component={Missing} />
    </Switch>
  );
}

function useTitle(location: string): void {
  useEffect(() => {
    const [, first = "", ...rest] = location.split("/");
    const page = PAGES.find(({ path }) => path === `/${first}`)?.title;
    const detail = rest.map(decodePart).join("/");
    document.title = [detail, page, "Rejoin"].filter(Boolean).join(" · ");
  }, [location]);
}
