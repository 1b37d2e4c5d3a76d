// What a person does with the resume, and sees.

const titles = async (app, section) => {
  await app.advance(0.1);
  return app.frame.locator(`#${section} h3`).allInnerTexts();
};

async function add(app, button, values) {
  await app.press(app.text("editResume"));
  await app.press(app.text(button));
  for (const [label, value] of Object.entries(values)) await app.fill(app.text(label), value);
  await app.press(app.text("save"));
}

export const checks = {
  "says who it is, and what they do": async (app) => {
    await app.sees("Alex Morgan");
    await app.sees("Project manager");
    await app.sees("alex.morgan@example.com");
    await app.sees("Bristol");
  },
  "lists work and education with their years": async (app) => {
    await app.sees("2021 – today");
    await app.sees("2017 – 2021");
    await app.sees("University of Bristol");
    await app.sees("Planned forty events a year");
  },
  "lists skills and languages": async (app) => {
    if (await app.count("#skills-list li") !== 5 || await app.count("#languages-list li") !== 2) throw new Error("they are not parted");
  },
  "says that it is a sample": (app) => app.sees(app.text("sample", { edit: app.text("editResume") })),
  "shows what changes it only while it is edited": async (app) => {
    await app.hides(app.text("addExperience"));
    await app.press(app.text("editResume"));
    await app.sees(app.text("addExperience"));
    await app.press(app.text("done"));
    await app.hides(app.text("addExperience"));
  },
  "changes who it is": async (app) => {
    await app.press(app.text("editResume"));
    await app.press(app.text("editDetails"));
    await app.fill(app.text("name"), "Marta Silva");
    await app.fill(app.text("job"), "Headmistress");
    await app.fill(app.text("skills"), "Patience, Humour");
    await app.press(app.text("save"));
    await app.sees("Marta Silva");
    await app.sees("Headmistress");
    if (await app.count("#skills-list li") !== 2) throw new Error("there are not two skills");
  },
  "takes no other address than one for mail, and no resume of nobody": async (app) => {
    await app.press(app.text("editResume"));
    await app.press(app.text("editDetails"));
    await app.fill(app.text("email"), "marta");
    await app.press(app.text("save"));
    await app.sees(app.text("badEmail"));
    await app.fill(app.text("name"), " ");
    await app.press(app.text("save"));
    await app.sees(app.text("noName"));
    await app.press(app.text("cancel"));
    await app.sees("Alex Morgan");
  },
  "adds a station, which stands where its years say": async (app) => {
    await add(app, "addExperience", { title: "Teacher", where: "A school", from: "2015", to: "2017", details: "One\nTwo" });
    await app.sees("2015 – 2017");
    if ((await titles(app, "experience")).join() !== "Project manager,Office coordinator,Teacher") throw new Error(`it lists ${await titles(app, "experience")}`);
  },
  "adds an education": async (app) => {
    await add(app, "addEducation", { title: "Night school", from: "2025" });
    if ((await titles(app, "education"))[0] !== "Night school") throw new Error("it is not the first");
    await app.sees("2025 – today");
  },
  "says what is wrong with the years": async (app) => {
    await add(app, "addExperience", { title: "Teacher", from: "20", to: "" });
    await app.sees(app.text("badYear"));
    await app.fill(app.text("from"), "2020");
    await app.fill(app.text("to"), "2010");
    await app.press(app.text("save"));
    await app.sees(app.text("order"));
    await app.fill(app.text("title"), "");
    await app.press(app.text("save"));
    await app.sees(app.text("noTitle"));
  },
  "changes a station": async (app) => {
    await app.press(app.text("editResume"));
    await app.press(app.text("editItem", { item: "Office coordinator" }));
    await app.fill(app.text("title"), "Office manager");
    await app.press(app.text("save"));
    await app.sees("Office manager");
    await app.hides("Office coordinator");
  },
  "deletes a station, and brings it back": async (app) => {
    await app.press(app.text("editResume"));
    await app.press(app.text("deleteItem", { item: "Office coordinator" }));
    if ((await titles(app, "experience")).length !== 1) throw new Error("it is still there");
    await app.press(app.text("undo"));
    if ((await titles(app, "experience"))[1] !== "Office coordinator") throw new Error("it is not back");
  },
  "keeps what is changed": { needs: ["storage"], run: async (app) => {
    await add(app, "addExperience", { title: "Gardener", from: "2010", to: "2012" });
    await app.reload();
    await app.sees("Gardener");
  } },
  "prints the sheet alone": { needs: ["print"], run: async (app) => {
    await app.sees(app.text("printHint"));
    await app.page.emulateMedia({ media: "print" });
    const [sheet, rest] = [await app.count("#sheet"), await app.count(".top, .hint, button")];
    await app.page.emulateMedia({ media: null });
    if (sheet !== 1 || rest !== 0) throw new Error("it prints more, or less");
  } },
  "shares it as a text": { needs: ["share"], run: async (app) => {
    await app.frame.evaluate(() => addEventListener("copy", (event) => (globalThis.copied = event.clipboardData.getData("text/plain"))));
    await app.press(app.text("share"));
    const text = await app.frame.evaluate(() => globalThis.copied);
    if (!text.startsWith("Alex Morgan\nProject manager\n") || !text.includes("\nEXPERIENCE\n2021 – today, Project manager, Northwind Events\n- Lead a team")) throw new Error(`it has copied ${text}`);
  } },
  "exports its entries": { needs: ["export"], run: async (app) => {
    await app.press(app.text("export"));
    if (!(await app.value(app.text("exportText"))).includes("experience,Project manager,Northwind Events,2021,,")) throw new Error("the entry is not in it");
  } },
  "imports entries, and says which one is wrong": { needs: ["import"], run: async (app) => {
    await app.press(app.text("import"));
    await app.fill(app.text("importText"), "section,title,where,from,to\nEducation,Evening class,Library,2023,2024\nexperience,,Nowhere,,");
    await app.press(app.text("importData"));
    await app.sees(`${app.text("lineNumber", { n: 3 })}: ${app.text("noTitle")}`);
    await app.fill(app.text("importText"), "section,title,where,from,to\nEducation,Evening class,Library,2023,2024");
    await app.press(app.text("importData"));
    await app.sees("2023 – 2024");
    if ((await titles(app, "education"))[0] !== "Evening class") throw new Error("it is not in its section");
  } },
};
