package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/intent"
)

// What a template says of itself, in the language of a prompt.
var (
	made = words{
		"en": "Here is %s, from the library of apps.",
		"es": "Aquí está %s, de la biblioteca de apps.",
		"fr": "Voici %s, tirée de la bibliothèque d'applications.",
		"de": "Hier ist %s, aus der Bibliothek fertiger Apps.",
		"pt": "Aqui está %s, da biblioteca de apps.",
	}
	done = words{"en": "Done: %s.", "es": "Hecho: %s.", "fr": "C'est fait : %s.", "de": "Erledigt: %s.", "pt": "Feito: %s."}
	can  = words{
		"en": "Without a model, I can change the theme, the accent colour, the name, the language, the size and these features of %s: %s. For anything else, ask a model.",
		"es": "Sin un modelo puedo cambiar el tema, el color, el nombre, el idioma, el tamaño y estas funciones de %s: %s. Para lo demás, pregunta a un modelo.",
		"fr": "Sans modèle, je peux changer le thème, la couleur, le nom, la langue, la taille et ces fonctions de %s : %s. Pour le reste, demandez à un modèle.",
		"de": "Ohne Modell kann ich Thema, Akzentfarbe, Namen, Sprache, Größe und diese Funktionen von %s ändern: %s. Für alles andere frag ein Modell.",
		"pt": "Sem um modelo, posso mudar o tema, a cor, o nome, o idioma, o tamanho e estas funções de %s: %s. Para o resto, pergunte a um modelo.",
	}
	already = words{
		"en": "%s has that already: %s.",
		"es": "%s ya lo tiene: %s.",
		"fr": "%s l'a déjà : %s.",
		"de": "%s hat das schon: %s.",
		"pt": "%s já tem isso: %s.",
	}
	cannot = words{
		"en": "Without a model, only what came from the template library can be changed, and this did not. Ask a model, or start a new project.",
		"es": "Sin un modelo solo puedo cambiar lo que salió de la biblioteca de plantillas, y esto no salió de ella. Pregunta a un modelo o empieza un proyecto nuevo.",
		"fr": "Sans modèle, seul ce qui vient de la bibliothèque peut être changé, et ce n'est pas le cas ici. Demandez à un modèle ou commencez un nouveau projet.",
		"de": "Ohne Modell lässt sich nur ändern, was aus der Bibliothek kam, und das hier kam nicht daraus. Frag ein Modell oder beginne ein neues Projekt.",
		"pt": "Sem um modelo, só posso mudar o que veio da biblioteca, e isto não veio. Pergunte a um modelo ou comece um projeto novo.",
	}
	noAnswer = words{
		"en": "This reads as a question, and without a model I can only make apps. Ask for one, such as “a calculator with a history”, or ask a model.",
		"es": "Esto parece una pregunta, y sin un modelo solo puedo hacer apps. Pide una, como «una calculadora con historial», o pregunta a un modelo.",
		"fr": "Cela ressemble à une question, et sans modèle je ne peux faire que des applications. Demandez-en une, par exemple « une calculatrice avec historique », ou posez la question à un modèle.",
		"de": "Das liest sich wie eine Frage, und ohne Modell kann ich nur Apps machen. Wünsch dir eine, etwa „ein Taschenrechner mit Verlauf“, oder frag ein Modell.",
		"pt": "Isto parece uma pergunta e, sem um modelo, só posso fazer apps. Peça um, como “uma calculadora com histórico”, ou pergunte a um modelo.",
	}
	touched = words{
		"en": "You have changed these lines yourself, so this change does not fit any more. Nothing was changed; a model could make it.",
		"es": "Has cambiado esas líneas a mano, así que el cambio ya no encaja. No se ha cambiado nada; un modelo podría hacerlo.",
		"fr": "Vous avez modifié ces lignes vous-même : ce changement ne convient plus. Rien n'a été changé ; un modèle pourrait le faire.",
		"de": "Du hast diese Zeilen selbst geändert, deshalb passt die Änderung nicht mehr. Nichts wurde geändert; ein Modell könnte es tun.",
		"pt": "Você mudou essas linhas, então esta alteração não serve mais. Nada foi alterado; um modelo poderia fazê-la.",
	}
)

// Made is what an answer says first.
func (r Recipe) Made() string {
	return fmt.Sprintf(made.in(r.Language), "**"+plain(r.Name)+"**")
}

// Changed is what an answer to a follow-up says first; was is the recipe before.
func (r Recipe) Changed(was Recipe) string {
	var all []string
	add := func(changed bool, now string) {
		if changed {
			all = append(all, now)
		}
	}
	add(r.App != was.App || r.Name != was.Name, plain(r.Name))
	add(r.Theme != was.Theme, called(string(r.Theme), r.Language))
	add(r.Accent != was.Accent, r.Accent)
	add(r.Language != was.Language, called("language", r.Language))
	add(r.Size != was.Size, called(string(r.Size), r.Language))
	if r.App == was.App {
		for _, id := range slices.Sorted(maps.Keys(r.Numbers)) {
			add(r.Numbers[id] != was.Numbers[id], library()[r.App].Numbers[id].told(r.Numbers[id], r.Language))
		}
		for _, key := range r.Named {
			add(!slices.Contains(was.Named, key), "+ "+library()[r.App].nameOf(key, r.Language))
		}
		for _, id := range r.Features {
			add(!was.Has(id), "+ "+called(id, r.Language))
		}
		for _, id := range was.Features {
			add(!r.Has(id), "− "+called(id, r.Language))
		}
	}
	return fmt.Sprintf(done.in(r.Language), strings.Join(all, ", "))
}

// Can says, where a prompt changes nothing of an app, what a template can change of it,
// or that the app has already what is asked for.
func (r Recipe) Can(w intent.Reading) string {
	language := w.Language
	if has := slices.DeleteFunc(slices.Clone(w.Features), func(id string) bool { return !r.Has(id) }); len(has) > 0 && len(has) == len(w.Features) && len(w.Rest) == 0 {
		for i, id := range has {
			has[i] = called(id, language)
		}
		return fmt.Sprintf(already.in(language), "**"+plain(r.Name)+"**", strings.Join(has, ", "))
	}
	var ids []string
	for id, c := range library()[r.App].features() {
		if c != always {
			ids = append(ids, called(id, language))
		}
	}
	slices.Sort(ids)
	return fmt.Sprintf(can.in(language), "**"+plain(r.Name)+"**", strings.Join(ids, ", "))
}

// Called returns what people call features, in English, as notices are.
func Called(features []string) (all []string) {
	for _, id := range features {
		all = append(all, called(id, "en"))
	}
	return all
}

// Cannot says that a template can change nothing of what no template made.
func Cannot(language string) string { return cannot.in(language) }

// NoAnswer says that a template answers no question.
func NoAnswer(language string) string { return noAnswer.in(language) }

// Touched says that a change does not fit files which were changed by hand.
func Touched(language string) string { return touched.in(language) }

// plain is a name without what would be markup in a conversation.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("*_`[]<>#\n", r) {
			return ' '
		}
		return r
	}, name)
}
