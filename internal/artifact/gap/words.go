package gap

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// The words that elisions are made of. A remark is one by what all of its words are,
// so that it needs no list of phrases: some say that something is left over or was
// there before (rest), that it is as it was (stays), what it is (noun), and the others
// only hold these together (fill). Languages: English, German, Spanish, French,
// Portuguese, Italian, Dutch, Swedish, Polish, Turkish, Russian, Ukrainian; without
// spaces Chinese, Japanese, Korean.
var (
	restWord = words(`rest existing remaining remainder previous previously prior other others original originally above before earlier current already
		restliche[rnsm]? restlich bestehende[rnsm]? vorhandene[rnsm]? bisherige[rnsm]? vorherige[rnsm]? übrige[rnsm]? andere[rnsm]? weitere[rnsm]? ursprüngliche[rnsm]? oben alte[rnsm]?
		resto restantes? existentes? anteriore?s? otr[oa]s? demás original(es)? actual(es)? antes arriba
		reste restante?s? restants? existante?s? existants? précédente?s? précédents? autres? actuele?l?s? avant dessus
		demais outr[oa]s? atua(l|is) acima já
		rimanent[ei] restant[ei] esistent[ei] precedent[ei] altr[aeio] attual[ei] prima sopra
		bestaande overige vorige eerdere resterende resten befintlig(a|t)? övriga? tidigare
		reszta pozostał\S* istniejąc\S* poprzedni\S* inn[eay] kalan geri mevcut önceki diğer
		остальн\S* остаток существующ\S* предыдущ\S* прежн\S* прочи\S* друг\S* выше ранее решта інш\S* існуюч\S* попередн\S*`)

	staysWord = words(`unchanged same identical untouched unmodified unaltered omitted omit elided truncated snip snipped skipped abbreviated shortened brevity
		remains? remained stays? keep kept keeping keeps retain retained preserve preserved intact
		bleibt bleiben unverändert(e[rnsm]?)? gleich(e[rnsm]?)? dasselbe derselbe dieselbe[n]? identisch gehabt ausgelassen weggelassen gekürzt beibehalten
		igual(es)? mism[oa]s? cambios permanece[n]? mantiene[n]? mantener queda[n]? omitid[oa]s? intact[oa]s? idéntic[oa]s?
		inchangée?s? inchangés? identiques? mêmes? changements? demeure(nt)? conservée?s? conservés? conserver omise?s? omis
		inalterad[oa]s? mesm[oa]s? permanecem? mantém mantêm manter alterações mudanças
		invariat[aeio] stess[aeio] uguale uguali rimane rimangono resta restano mantenere omess[aeio] modifiche identic[aeio] immutat[aeio]
		ongewijzigd(e)? zelfde hetzelfde blijft blijven weggelaten oförändra(d|t|de) samma zmian aynı değişmedi değişmeden
		изменени[йя] изменён\S* изменен\S* остаётся остается остаются также таким такой такая такое такие тот та же опущен\S* сокращен\S* неизменн\S* змін однак\S*`)

	keepWord = words(`keep kept keeping keeps retain retained preserve preserved`)

	nounWord = words(`return returns statement statements constructor loop loops call calls hook hooks effect effects types interface interfaces code codes style styles css html markup function functions method methods logic content contents script scripts js javascript typescript implementation implementations file files page
		import imports handler handlers listener listeners event events component components rule rules element elements tag tags body head header footer nav section sections state variable variables
		declaration declarations definition definitions property properties line lines stuff part parts template structure class classes config configuration setup cases routes exports everything all
		helper helpers block blocks layout stylesheet selectors media queries constants fields form markup\S* dom initialization html\S* meta metadata links
		codes? stile stil funktion funktionen methoden? inhalte?s? skripte? datei(en)? seite regeln? teile? elemente logik aufbau alles kopf kopfbereich stylesheets? klassen variablen
		código estilos? funci(ó|o)n(es)? contenidos? métodos? archivo página reglas? lógica elementos? marcado todo parte cabecera clases
		fonctions? contenu méthodes? fichier règles? logique balisage éléments? tout partie entête en-tête classes
		funç(ão|ões) conteúdo arquivo regras? tudo marcação cabeçalho
		codice stili stile funzion[ei] contenut[oi] metod[oi] pagina regol[ae] logica element[oi] tutto intestazione
		functies stijlen inhoud bestand regels methodes funktioner kod kodu stilar innehåll reguły funkcj[ei] style\S* kodun fonksiyonlar stiller
		код\S* стил\S* функци\S* содержим\S* метод\S* разметк\S* логик\S* част\S* файл\S* страниц\S* скрипт\S* правил\S* элемент\S* всё все вміст стилі`)

	fillWord = words(`the a an of your you my our this that these those it its here there goes go going is are was were be been being will would should and or as in on to for from with
		at by just exactly please not no any change changes changed modification modifications needed required do does more further below after code's etc e\.g up both each
		der die das des den dem ein eine einer von vom deine? ihr(e[rn]?)? dein(e[rn]?)? hier steht kommt folgt ist sind wie zuvor vorher bisher und oder aus im in am für mit ohne änderung(en)? so nicht geändert hierher hin dies(er|e|es)
		el la los las un una de del tu su sus tus aquí va es son como y o sin en con lo que se ha han está están cambia[n]? igual aqui
		le les l du des de d un une votre vos ton tes ici est sont comme et ou sans en dans au aux pas ne rien à que va
		o os as do da dos das um uma seu sua seus suas vai é são como e ou sem no na em nada muda
		il lo gli i della del delle dei degli dell tuo tua qui va è sono come e o senza nel nella non
		het de een van je jouw uw hier is zijn en als geen det den de är som här och ditt i jest bez tak jak tutaj tu burada olarak
		и или как было было, раньше здесь тут без не в на для с из ваш\S* твой это этот остальное і як тут без`)

	eastStays = pattern(`保持不变|保持不變|保持原样|不变|不變|无变化|沒有變化|没有变化|没有改变|无需修改|无需更改|未改动|未修改|未更改|不需要修改|相同|一样|一樣|一致|省略|同上|同前|略|保留|変更なし|変更無し|変わらない|そのまま|同じ|同様|以下略|中略|변경 ?없음|변경되지 않\S*|동일\S*|생략\S*|그대로|유지\S*`)
	eastRest  = pattern(`其余|其餘|其他|其它|剩余|剩餘|剩下|现有|現有|原有|原来|原來|原始|之前|此前|以前|先前|前面|上面|已有|既有|残り|既存|上記|以下|元の|他の|その他|その後|나머지|기존|이전|원래|다른|위의|위`)
	eastNoun  = pattern(`代码|代碼|程式碼|样式|樣式|函数|函數|内容|內容|方法|逻辑|邏輯|部分|标记|標記|结构|結構|文件|页面|頁面|脚本|腳本|元素|规则|規則|功能|コード|スタイル|関数|メソッド|処理|ロジック|マークアップ|ファイル|ページ|スクリプト|要素|ヘッダー|코드|스타일|함수|내용|메서드|로직|부분|마크업|파일|페이지|요소`)
	eastFill  = pattern(`这里|這裡|在此|此处|此處|这|的|了|与|與|和|为|為|是|都|在|处|保持|放|您|你|全部|所有|は|が|の|を|に|と|も|です|ます|でした|ここ|する|して|した|全て|すべて|です|는|은|이|가|의|을|를|와|과|여기|입니다|합니다|됩니다|모든`)
)

// words returns what tells whether a word is in a list. Entries may be expressions that
// begin with a letter. The list is read when it is first used.
func words(list string) func() func(word string) bool {
	return sync.OnceValue(func() func(string) bool {
		plain, others := map[string]bool{}, map[rune][]string{} // by their first letters
		for entry := range strings.FieldsSeq(list) {
			if strings.ContainsAny(entry, `?*[(\\`) {
				first, _ := utf8.DecodeRuneInString(entry)
				others[first] = append(others[first], entry)
			} else {
				plain[entry] = true
			}
		}
		expressions := map[rune]*regexp.Regexp{}
		for first, entries := range others {
			expressions[first] = regexp.MustCompile(`^(?:` + strings.Join(entries, "|") + `)$`)
		}
		return func(word string) bool {
			if plain[word] {
				return true
			}
			first, _ := utf8.DecodeRuneInString(word)
			e := expressions[first]
			return e != nil && e.MatchString(word)
		}
	})
}

func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
