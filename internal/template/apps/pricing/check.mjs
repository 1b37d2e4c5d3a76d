// What a person does with the prices, and sees.

/** What the plans cost, as it is shown. */
const prices = (app) => app.frame.locator(".cost strong").allInnerTexts();

async function cost(app, wanted) {
  if ((await prices(app)).join() !== wanted) throw new Error(`they cost ${await prices(app)}`);
}

const choose = (app, plan) => app.press(app.text("choose", { plan }));

async function isChosen(app, plan) {
  await app.sees(app.text("chosen", { plan }));
  const chosen = await app.frame.locator("[aria-pressed=true]", { hasText: app.text("choose", { plan }) }).count();
  if (chosen !== 1) throw new Error("the plan is not marked");
}

async function write(app, { plan, price, features = "" }) {
  await app.fill(app.text("plan"), plan);
  await app.fill(app.text("price"), price);
  await app.fill(app.text("features"), features);
  await app.press(app.text("save"));
}

/** The line of the table that begins with a text. */
const row = async (app, head) => (await app.frame.locator("tr", { hasText: head }).first().locator("td").allInnerTexts()).join();

export const checks = {
  "has three plans with their prices": async (app) => {
    await cost(app, "Free,$15,$45");
    await app.sees("Pro");
    await app.sees("Enterprise");
    await app.sees(app.text("billedMonthly"));
  },
  "says what each plan has": async (app) => {
    const text = await app.frame.locator(".plan", { hasText: "Enterprise" }).innerText();
    if (!text.includes("Single sign-on")) throw new Error(`it has ${text}`);
  },
  "marks the most popular plan": async (app) => {
    const text = await app.frame.locator(".popular").innerText();
    if (!text.includes(app.text("popular")) || !text.includes("Pro")) throw new Error(`it is ${text}`);
  },
  "costs less by the year": async (app) => {
    await app.sees(app.text("saving", { percent: "20%" }));
    await app.press(app.text("yearly"));
    await cost(app, "Free,$12,$36");
    await app.sees(app.text("billedYearly", { price: "$144" }));
    await app.press(app.text("monthly"));
    await cost(app, "Free,$15,$45");
  },
  "compares the plans": async (app) => {
    if (await row(app, "Statistics") !== "–,✓,✓") throw new Error(`for statistics it has ${await row(app, "Statistics")}`);
    if (await row(app, app.text("price")) !== "Free,$15,$45") throw new Error("the prices are others");
    await app.press(app.text("yearly"));
    if (await row(app, app.text("price")) !== "Free,$12,$36") throw new Error("the prices stay by the month");
  },
  "answers questions": async (app) => {
    await app.hides(app.text("answer2"));
    await app.press(app.text("question2"));
    await app.sees(app.text("answer2"));
  },
  "says that all is a sample": (app) => app.sees(app.text("sample")),
  "takes a new plan": async (app) => {
    await app.press(app.text("editPlans"));
    await app.press(app.text("addPlan"));
    await write(app, { plan: "Students", price: "4.50", features: "1 project\n\nStatistics" });
    await cost(app, "Free,$15,$45,$4.50");
    if (await row(app, "Statistics") !== "–,✓,✓,✓") throw new Error("the table does not have it");
  },
  "changes a plan; one is the most popular": async (app) => {
    await app.press(app.text("editPlans"));
    await app.press(app.text("editItem", { item: "Enterprise" }));
    await app.press(app.text("popular"));
    await write(app, { plan: "Company", price: "99" });
    await cost(app, "Free,$15,$99");
    if (await app.count(".popular") !== 1 || !(await app.frame.locator(".popular").innerText()).includes("Company")) throw new Error("another one is");
  },
  "says what a plan lacks": async (app) => {
    await app.press(app.text("editPlans"));
    await app.press(app.text("addPlan"));
    await write(app, { plan: "", price: "5" });
    await app.sees(app.text("noPlan"));
    await write(app, { plan: "Students", price: "-5" });
    await app.sees(app.text("noPrice"));
    await app.press(app.text("cancel"));
    await cost(app, "Free,$15,$45");
  },
  "deletes a plan, and takes it back": async (app) => {
    await app.press(app.text("editPlans"));
    await app.press(app.text("deleteItem", { item: "Pro" }));
    await cost(app, "Free,$45");
    await app.press(app.text("undo"));
    await cost(app, "Free,$15,$45");
  },
  "keeps plans and billing": { needs: ["storage"], run: async (app) => {
    await app.press(app.text("editPlans"));
    await app.press(app.text("editItem", { item: "Enterprise" }));
    await write(app, { plan: "Company", price: "100" });
    await app.press(app.text("yearly"));
    await app.reload();
    await cost(app, "Free,$12,$80");
  } },
  "takes an order": { needs: ["checkout"], run: async (app) => {
    await app.press(app.text("yearly"));
    await choose(app, "Pro");
    await app.sees(`$12 ${app.text("perMonth")}, ${app.text("billedYearly", { price: "$144" })}`);
    await app.fill(app.text("yourName"), "Ana");
    await app.fill(app.text("yourEmail"), "ana@example.com");
    await app.press(app.text("order"));
    await app.sees(app.text("ordered", { name: "Ana" }));
    await isChosen(app, "Pro");
  } },
  "says what an order lacks": { needs: ["checkout"], run: async (app) => {
    await choose(app, "Free");
    await app.press(app.text("order"));
    await app.sees(app.text("noName"));
    await app.fill(app.text("yourName"), "Ana");
    await app.press(app.text("order"));
    await app.sees(app.text("noEmail"));
    await app.press(app.text("cancel"));
    await app.hides(app.text("chosen", { plan: "Free" }));
  } },
  "only marks what is chosen": { without: ["checkout"], run: async (app) => {
    await choose(app, "Pro");
    await isChosen(app, "Pro");
  } },
  "takes a question": { needs: ["contact-form"], run: async (app) => {
    await app.press(app.text("send"));
    await app.sees(app.text("noEmail"));
    await app.fill(app.text("yourEmail"), "ana@example.com");
    await app.press(app.text("send"));
    await app.sees(app.text("noMessage"));
    await app.fill(app.text("message"), "What about schools?");
    await app.press(app.text("send"));
    await app.sees(app.text("asked"));
  } },
  "takes no questions": { without: ["contact-form"], run: async (app) => {
    if (await app.count("#ask")) throw new Error("there is a form");
  } },
  "exports the plans": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes('Free,0,To try everything in peace,"1 project, ')) throw new Error("the free one is not in it");
  } },
};
