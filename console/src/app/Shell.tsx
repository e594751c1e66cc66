import { Link, Outlet } from "@tanstack/react-router";
import {
  IconActivity,
  IconApi,
  IconBolt,
  IconBroadcast,
  IconBuilding,
  IconBuildingCommunity,
  IconCloudOff,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconSchema,
  IconServer2,
  IconStack2,
  IconWebhook,
} from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useLive } from "~/hooks/useLive";
import { useSigned } from "~/hooks/useViewer";
import { WebhookUpdated } from "~/pages/webhooks/documents";
import { useApiDown } from "./health";
import { Logo } from "./Logo";
import { OrganizationName, SideFoot } from "./ShellParts";
import { useShortcuts } from "./useShortcuts";

const Palette = lazy(() => import("./Palette"));

const nothing = () => {};

/** The frame of every page: navigation, who is looked at, and whether the server is there. */
export function Shell() {
  const { rights, organization, choose } = useSigned();
  const down = useApiDown();
  // Who opens the overview looks at the organization that is shown, chosen before or not.
  const look = rights.operate ? () => choose(organization.id) : undefined;
  useShortcuts(rights.operate);
  // Keeps the websocket open on every page, so that the dot tells the truth, and webhooks as they are.
  useLive(WebhookUpdated, { organizationId: organization.id }, !rights.view, nothing, nothing);
  return (
    <>
      <a href="#main" className="skip">
        Skip to the content
      </a>
      <div className="layout">
        <nav className="side" aria-label="Main">
          <Link to="/" className="brand">
            <Logo />
            Surehook
          </Link>
          <OrganizationName />
          {rights.operate ? <Nav to="/system" icon={IconServer2} text="System" /> : null}
          {rights.operate ? <Nav to="/organizations" icon={IconBuildingCommunity} text="Organizations" /> : null}
          <Nav to="/" icon={IconLayoutDashboard} text="Overview" exact onClick={look} />
          <Nav to="/events" icon={IconBolt} text="Events" />
          {rights.view ? <Nav to="/deliveries" icon={IconListCheck} text="Deliveries" /> : null}
          {rights.view ? <Nav to="/live" icon={IconBroadcast} text="Live tail" /> : null}
          {rights.view ? <Nav to="/bulk" icon={IconStack2} text="Bulk operations" /> : null}
          <div className="nav-title">Set up</div>
          {rights.view ? <Nav to="/webhooks" icon={IconWebhook} text="Webhooks" /> : null}
          <Nav to="/event-types" icon={IconSchema} text="Event types" />
          {rights.admin ? <Nav to="/keys" icon={IconKey} text="API keys" /> : null}
          <Nav to="/organization" icon={IconBuilding} text="Organization" />
          <a href="/explorer" className="nav">
            <IconApi size={17} stroke={1.7} aria-hidden />
            API explorer
          </a>
          <SideFoot />
        </nav>
        <div style={{ minWidth: 0 }}>
          {down ? (
            <div className="banner" role="alert">
              <IconCloudOff size={16} aria-hidden />
              The API does not answer. What you see may be old; deliveries go on by themselves. Trying again…
            </div>
          ) : null}
          <main id="main" className="page" tabIndex={-1} style={{ outline: "none" }}>
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense>
        <Palette />
      </Suspense>
    </>
  );
}

interface NavProps {
  to: string;
  icon: typeof IconActivity;
  text: string;
  exact?: boolean;
  onClick?: (() => void) | undefined;
}

function Nav(props: NavProps) {
  const Icon = props.icon;
  return (
    <Link
      to={props.to}
      className="nav"
      onClick={props.onClick}
      activeOptions={{ exact: props.exact ?? false, includeSearch: false }}
    >
      <Icon size={17} stroke={1.7} aria-hidden />
      {props.text}
    </Link>
  );
}
