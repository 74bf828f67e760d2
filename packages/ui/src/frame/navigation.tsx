/** The ways to the pages: beside them, or below them on a small screen. */
import { Keyboard, Menu as MenuIcon, Monitor, Moon, Sun } from "lucide-react";
import { useContext, useState } from "react";
import { Link, useLocation } from "wouter";
import { LiveContext, useAdmin, usePolled } from "../api/admin.ts";
import { Menu, MenuItem, MenuLine } from "../parts/menu.tsx";
import { Kbd } from "../parts/text.tsx";
import { Logo } from "./logo.tsx";
import { PAGES } from "./pages.ts";
import { applyTheme, readTheme, type Theme } from "./theme.ts";

interface NavigationProps {
  readonly openHelp: () => void;
}

export function Sidebar({ openHelp }: NavigationProps) {
  const isCurrent = useIsCurrent();
  return (
    <nav className="sidebar" aria-label="Pages">
      <Link href="/overview" className="brand">
        <Logo />
        Rejoin
      </Link>
      {PAGES.map(({ path, title, Icon, key }) => (
        <Link
          key={path}
          href={path}
          className="nav-link"
          aria-current={isCurrent(path) ? "page" : undefined}
        >
          <Icon size={16} aria-hidden />
          {title}
          <span className="kbd-hint" aria-hidden>
            <Kbd>g</Kbd> <Kbd>{key}</Kbd>
          </span>
        </Link>
      ))}
      <div className="sidebar-foot">
        <LiveToggle />
        <div className="row between">
          <ThemeButton />
          <button type="button" className="btn btn-quiet btn-small" onClick={openHelp}>
            <Keyboard size={14} aria-hidden />
            Keys
          </button>
        </div>
        <Version />
      </div>
    </nav>
  );
}

export function BottomNav({ openHelp }: NavigationProps) {
  const isCurrent = useIsCurrent();
  const [, navigate] = useLocation();
  const { isLive, setLive } = useContext(LiveContext);
  const others = PAGES.filter(({ isMain }) => !isMain);
  const theme = useTheme();
  return (
    <nav className="bottom-nav" aria-label="Pages, small screen">
      {PAGES.filter(({ isMain }) => isMain).map(({ path, title, Icon }) => (
        <Link key={path} href={path} aria-current={isCurrent(path) ? "page" : undefined}>
          <Icon size={18} aria-hidden />
          {title}
        </Link>
      ))}
      <Menu
        trigger={
          <button
            type="button"
            aria-current={others.some(({ path }) => isCurrent(path)) ? "page" : undefined}
          >
            <MenuIcon size={18} aria-hidden />
            More
          </button>
        }
      >
        {others.map(({ path, title, Icon }) => (
          <MenuItem
            key={path}
            icon={<Icon size={15} aria-hidden />}
            onSelect={() => navigate(path)}
          >
            {title}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => setLive(!isLive)}>
          {isLive ? "Stop updates" : "Update again"}
        </MenuItem>
        <MenuItem onSelect={theme.next}>Theme: {theme.current}</MenuItem>
        <MenuItem onSelect={openHelp}>Help</MenuItem>
      </Menu>
    </nav>
  );
}

function useIsCurrent(): (path: string) => boolean {
  const [location] = useLocation();
  return (path) => location === path || location.startsWith(`${path}/`);
}

function LiveToggle() {
  const { isLive, setLive } = useContext(LiveContext);
  const isReachable = useVersion().status !== "error";
  const [dot, text] = !isReachable
    ? (["live-dot live-dot-lost", "Server unreachable"] as const)
    : isLive
      ? (["live-dot", "Live"] as const)
      : (["live-dot live-dot-off", "Updates stopped"] as const);
  return (
    <button
      type="button"
      className="btn btn-quiet btn-small"
      aria-pressed={isLive}
      onClick={() => setLive(!isLive)}
      title={isLive ? "Stop the updates of all pages" : "Keep the pages up to date again"}
    >
      <span className={dot} aria-hidden />
      {text}
    </button>
  );
}

const VERSION_EVERY_MS = 15_000;

function useVersion() {
  const admin = useAdmin();
  return usePolled(["version"], () => admin.version(), { everyMs: VERSION_EVERY_MS });
}

function Version() {
  const { data } = useVersion();
  return <p className="faint small">{data === undefined ? " " : `server ${data.version}`}</p>;
}

const ICONS = { light: Sun, dark: Moon, system: Monitor } as const;
const NEXT = { system: "light", light: "dark", dark: "system" } as const;

function useTheme(): { readonly current: Theme; readonly next: () => void } {
  const [current, setCurrent] = useState(readTheme);
  const next = () => {
    applyTheme(NEXT[current]);
    setCurrent(NEXT[current]);
  };
  return { current, next };
}

function ThemeButton() {
  const { current, next } = useTheme();
  const Icon = ICONS[current];
  return (
    <button
      type="button"
      className="btn btn-quiet btn-small"
      onClick={next}
      title={`Theme: ${current}; click for ${NEXT[current]}`}
    >
      <Icon size={14} aria-hidden />
      {current === "system" ? "Auto" : current === "light" ? "Light" : "Dark"}
    </button>
  );
}
