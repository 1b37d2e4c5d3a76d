package turn

import (
	"regexp"
	"strings"
	"sync"

	"dreambuild.dev/backend/internal/artifact/merge"
	"dreambuild.dev/backend/internal/intent"
)

// wishOf reads a prompt for words that ask for less, or for something else in its
// place. Where there are none, an answer that drops much of a file is not taken at once.
func wishOf(verb intent.Verb, prompt string) merge.Wish {
	w := merge.Wish{Restyle: verb == intent.Design, Rewrite: rewriting().MatchString(prompt)}
	w.Less = w.Rewrite || w.Restyle || verb == intent.Remove || verb == intent.Undo
	for _, at := range removing().FindAllStringIndex(prompt, 50) {
		if !w.Less {
			w.Less = !control().MatchString(prompt[at[1]:])
		}
	}
	return w
}

// saysNothing reports whether a reply says that there is nothing to change.
func saysNothing(text string) bool { return nothingToDo().MatchString(text) }

// claims reports whether a reply in words says that something is changed, or that the
// change follows.
func claims(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") || done().MatchString(text) && !strings.ContainsAny(text, "?？¿")
}

func pattern(parts ...string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)` + strings.Join(parts, "|")) })
}

// Words in the languages that prompts and replies are written in: English, German,
// Spanish, French, Portuguese, Italian; Chinese, Japanese, Russian. Package intent has
// lists of its own for what a clause asks for. These say less, wherever they stand in a
// prompt or a reply: that lines may well go, so that "drag and drop" must not be among them.
var (
	removing = pattern(
		`\b(?:remov(?:e|es|ing)|delet(?:e|es|ing)|get(?:ting)? rid|strip|clean ?up|shorten|shorter|simplif(?:y|ied)|simpler|minimal(?:ist)?|minimi[sz]e|reduc(?:e|ing)|compact|fewer|less|take out|eliminat(?:e|ing)|throw out|drop (?:the|all|every)|only keep|keep only|nothing but|unused|dead code|de-?duplicate)\b`,
		`(?:entfern|lösch|kürz|vereinfach|weniger|schlanker|minimalist|wirf|nimm .* (?:weg|raus)|aufräum)\pL*`,
		`\b(?:elimin|borra|quita|acort|simplific|reduc|menos\b|suprim|limpia)\pL*`,
		`(?:supprim|enlev|retir|raccourc|simplifi|rédui|moins\b|nettoi)\pL*`,
		`\b(?:remov|apag|exclu|tire|retir|encurt|reduz|limp)\pL*`,
		`\b(?:rimuov|cancell|togli|accorc|semplific|ridu[cr]|meno\b)\pL*`,
		`删|去掉|移除|去除|精简|简化|缩短|减少|清理|削除|消し|取り除|短く|簡潔|シンプル|減ら`,
		`(?:удал|убер|убр|сократ|упрост|короче|меньше)\pL*`)

	rewriting = pattern(
		`\b(?:re-?writ(?:e|ten|ing)|from scratch|start(?:ing)? over|start again|re-?do|re-?work|re-?build|re-?place (?:it|everything|all)|convert|port it|re-?factor|instead of (?:this|all|everything))\b`,
		`neu schreib|schreib\pL* .*neu|von grund auf|von vorne|reescrib|desde cero|réécri|à partir de zéro|refais|reescrev|do zero|riscriv|da zero|重写|重寫|从头|重做|重构|書き直|作り直|一から|перепиши|переписать|с нуля|заново`)

	// A button that removes is no wish to remove.
	control = pattern(`^[^\pL\n]{0,3}(?:all |every |task |item |it )?(?:-?\s*)?(?:buttons?|icons?|keys?|options?|links?|controls?|features?|functions?|functionality|actions?|commands?|menus?|schaltfläche|knopf|taste|botón|bouton|botão|pulsante|按钮|ボタン|кнопк)`)

	done = pattern(
		`^(?:done|sure|ok|okay|of course|certainly|absolutely|got it|alright)\b`,
		`\bI(?:'ve|’ve| have|'ll|’ll| will| just)\b|\bhere(?:'s|’s| is| are)\b|\b(?:is|are|has been|have been) now\b|\b(?:updated|changed|added|modified|replaced|fixed|renamed|removed)\b`,
		`\b(?:ich habe|habe ich|hier ist|erledigt|fertig|wurde|wird jetzt)\b`,
		`\b(?:listo|hecho|he \pL+ado|aquí (?:está|tienes)|actualizad|cambiad)`,
		`(?:\bvoici\b|j'ai|j’ai|c'est fait|c’est fait|modifié)`,
		`\b(?:pronto|feito|aqui está|alterei|mudei|atualiz)|\b(?:fatto|ecco|ho \pL+ato)\b`,
		`已(?:将|经将|更新|修改|完成)|好的|しました|готово|изменил|обновил|вот `)

	nothingToDo = pattern(
		`\b(?:already|no changes?|nothing (?:to|needs|that|was|is|has)|not necessary|unnecessary|no need|as it (?:is|was))\b`,
		`\b(?:bereits|schon|nichts zu|keine änderung|nicht nötig)|\b(?:ya (?:est|tien|es|hay|son|se)|nada que|sin cambios|ningún cambio)|(?:déjà|rien à|aucun changement|aucune modification)|(?:\bjá\b|nada a|nenhuma)|\b(?:già|nulla da|niente da|nessuna)`,
		`已经|无需|没有需要|不需要|すでに|既に|必要はありません|уже|ничего|не нужно`)
)
