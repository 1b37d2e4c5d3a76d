// The first call of the main README, word for word. readme.test.mjs runs it.

// #region first-call
import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from "firebase/auth";
import { connectFunctionsEmulator, getFunctions, httpsCallable } from "firebase/functions";

const app = initializeApp({ projectId: "demo-dreambuild", apiKey: "any" });
const [auth, functions] = [getAuth(app), getFunctions(app)];
connectAuthEmulator(auth, "http://127.0.0.1:9099", { disableWarnings: true });
connectFunctionsEmulator(functions, "127.0.0.1", 5001);
await signInWithEmailAndPassword(auth, "user@example.com", "dreambuild");

const generateCode = httpsCallable(functions, "generateCode");
const { stream, data } = await generateCode.stream({ prompt: "create calculator with dark mode" });
for await (const message of stream) if (message.type === "text") process.stdout.write(message.text);
const { projectId, version, state, generatedBy } = await data;
console.log({ projectId, version, state, generatedBy });
// #endregion
