// What apps import as react, react-dom, react-dom/client and react/jsx-runtime: Preact's
// form of it, in one module, so that there is one React. Below stands what it lacks.

export * from "preact/compat";
export { h, options, toChildArray } from "preact";
export { jsx, jsxs, jsxDEV } from "preact/jsx-runtime";
export { createRoot, hydrateRoot } from "preact/compat/client";

import compat, { Fragment, startTransition, useCallback, useRef, useState } from "preact/compat";
import { createRoot, hydrateRoot } from "preact/compat/client";

/** Shows its children; nothing is measured. */
export const Profiler = Fragment;

/** Shows its children, unless they are hidden. */
export const Activity = ({ mode, children }) => (mode === "hidden" ? null : children);

/** The state that the last call of an action gave, and whether one runs. */
export function useActionState(action, initial) {
  const [state, setState] = useState(initial);
  const [pending, setPending] = useState(false);
  const last = useRef();
  last.current = state;
  const dispatch = useCallback(
    async (payload) => {
      setPending(true);
      try {
        setState((last.current = await action(last.current, payload)));
      } finally {
        setPending(false);
      }
    },
    [action],
  );
  return [state, dispatch, pending];
}

/** What a state will be, until it changes. */
export function useOptimistic(state, update = (_, next) => next) {
  const [held, setHeld] = useState({ of: state, value: state });
  const value = held.of === state ? held.value : state;
  return [value, (next) => setHeld((now) => ({ of: state, value: update(now.of === state ? now.value : state, next) }))];
}

export const useFormStatus = () => ({ pending: false, data: null, method: null, action: null });
export const cache = (f) => f;
export const act = async (f) => void (await f());
export const useFormState = useActionState;

export default /* @__PURE__ */ Object.assign({}, compat, {
  Profiler, Activity, createRoot, hydrateRoot, startTransition, useActionState, useOptimistic, useFormStatus, useFormState, cache, act,
});
