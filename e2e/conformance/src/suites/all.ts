/** Every subject of the suite. */
import type { Group } from "../harness/group.ts";
import { attaching } from "./attaching.ts";
import { awakeableIngress } from "./awakeable-ingress.ts";
import { callOrdering } from "./call-ordering.ts";
import { cancelBeforeStart, cancellation } from "./cancellation.ts";
import { theCell } from "./cell.ts";
import { combinators } from "./combinators.ts";
import { documents } from "./documents.ts";
import { explicitCancellation } from "./explicit-cancellation.ts";
import { flowControl } from "./flow-control.ts";
import { hooks } from "./hooks.ts";
import { ingress } from "./ingress.ts";
import { ingressBasics } from "./ingress-basics.ts";
import { ingressSerde } from "./ingress-serde.ts";
import { kill } from "./kill.ts";
import { nonDeterminism } from "./non-determinism.ts";
import { journalRetention, restartAsNew, statePatching } from "./operations.ts";
import { pauseResume } from "./pause-resume.ts";
import { previewSerdes } from "./preview-serdes.ts";
import { programs, programsAndCrashes } from "./programs.ts";
import { promiseCombinators } from "./promise-combinators.ts";
import { killRuntime, stopRuntime } from "./restarts.ts";
import { runFlush, runRetry } from "./runs.ts";
import { serviceToService } from "./service-to-service.ts";
import { signalListening } from "./signal-listening.ts";
import { signals } from "./signals.ts";
import { signing } from "./signing.ts";
import { sleeps } from "./sleep.ts";
import { lazyState, state } from "./state.ts";
import { upgrades } from "./upgrades.ts";
import { userErrors } from "./user-errors.ts";
import { workflow } from "./workflow.ts";

export const groups: readonly Group[] = [
  theCell,
  state,
  lazyState,
  sleeps,
  userErrors,
  serviceToService,
  ingressBasics,
  callOrdering,
  workflow,
  combinators,
  signals,
  cancellation,
  cancelBeforeStart,
  kill,
  runRetry,
  runFlush,
  nonDeterminism,
  attaching,
  awakeableIngress,
  ingress,
  journalRetention,
  pauseResume,
  restartAsNew,
  statePatching,
  upgrades,
  documents,
  previewSerdes,
  ingressSerde,
  signing,
  flowControl,
  promiseCombinators,
  signalListening,
  explicitCancellation,
  hooks,
  programs,
  programsAndCrashes,
  killRuntime,
  stopRuntime,
];
