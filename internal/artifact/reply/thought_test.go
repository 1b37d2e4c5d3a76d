package reply_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

const (
	draft = "Maybe so:\n```html\n<p>draft\n```\n```css extra.css\np{}\n```\n"
	final = "```html\n<p>final\n```\n"
)

var finalFile = []artifact.File{{Path: "index.html", Content: "<p>final\n"}}

// TestMarksOfThought reads the marks of many models, wherever they stand.
func TestMarksOfThought(t *testing.T) {
	for _, marks := range []string{
		"<think> </think>", "<THINK> </think>", "<thinking> </thinking>", "<thought> </thought>", "<thoughts> </thoughts>", "<reasoning> </reasoning>", "<reflection> </reflection>",
		"<scratchpad> </scratchpad>", "<inner_monologue> </inner_monologue>", "<seed:think> </seed:think>", "<thinking> </thinking>", "<chain_of_thought> </chain_of_thought>", "<thought_process> </thought_process>",
		"[THINK] [/THINK]", "◁think▷ ◁/think▷", "◁thinking▷ ◁/thinking▷",
		"<|begin_of_thought|> <|end_of_thought|>", "<|START_THINKING|> <|END_THINKING|>", "<|think|> <|/think|>", "<|thinking|> <|end_thinking|>", "<|startofthink|> <|endofthink|>", "<｜begin▁of▁thinking｜> <｜end▁of▁thinking｜>",
		"<unused94>thought <unused95>", "<|channel>thought <channel|>",
		"<|channel|>analysis<|message|> <|end|><|start|>assistant<|channel|>final<|message|>", "<|start|>assistant<|channel|>analysis<|message|> <|end|><|start|>assistant<|channel|>final<|message|>",
	} {
		open, end, _ := strings.Cut(marks, " ")
		t.Run(open, func(t *testing.T) {
			for name, text := range map[string]string{
				"lines of their own":           open + "\n" + draft + end + "\n" + final,
				"the lines of the thought":     open + "Let me see. " + draft + "So be it." + end + "\n\n" + final,
				"the answer in the end's line": open + "\n" + draft + end + final,
				"a fence in the mark's line":   open + "```html\n<p>draft\n```\n" + end + "\n" + final,
				"nothing":                      open + end + "\n\n" + final,
				"only the end":                 "I see. " + draft + end + "\n" + final,
				"only the end, after words":    "I see. " + draft + "So be it." + end + "\n" + final,
				"within a line":                "Sure! " + open + "First\n" + draft + "Good." + end + "\n" + final,
				"twice":                        open + "\n" + draft + end + "\nThen\n" + open + "\n" + draft + end + "\n" + final,
				"one within the other":         open + "\n" + draft + open + draft + end + draft + end + "\n" + final,
				"no draft":                     open + "\n```html\n" + end + "\n" + final,
				"an end of turn":               open + "\n" + draft + end + "\n" + strings.TrimSuffix(final, "\n") + "<|end|>\n",
			} {
				if strings.Contains(open, "<|channel|>") && name == "one within the other" {
					continue // its mark ends the one before
				}
				r := reply.Parse(text)
				if diff := cmp.Diff(finalFile, r.Files); diff != "" || r.Truncated {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
				checkEvents(t, r)
			}
			if r := reply.Parse(open + "\n" + draft); len(r.Files) > 0 || r.Truncated {
				t.Errorf("a thought that never ends is %+v", r)
			}
			if diff := cmp.Diff(finalFile, reply.Parse(final+"\nI thought: "+open+"\n").Files); diff != "" {
				t.Errorf("a mark after the answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(finalFile, reply.Parse("The mark `"+open+"` begins it.\n"+final).Files); diff != "" {
				t.Errorf("words about a mark (-want +got):\n%s", diff)
			}
			page := "```html index.html\n<p>\n" + open + "\n" + end + "\n</p>\n```\n"
			if diff := cmp.Diff([]artifact.File{{Path: "index.html", Content: "<p>\n" + open + "\n" + end + "\n</p>\n"}}, reply.Parse(page).Files); diff != "" {
				t.Errorf("marks in a page (-want +got):\n%s", diff)
			}
		})
	}
}

// Words that others use, too, are marks only if their end comes.
func TestWordsLikeMarksOfThought(t *testing.T) {
	kept := []artifact.File{{Path: "index.html", Content: "<p>final\n"}}
	for _, text := range []string{
		"<plan>\n" + draft + "</plan>\n" + final,
		"<analysis>\n" + draft + "</analysis>\n" + final,
		"[Thinking]\n" + draft + "[/Thinking]\n" + final,
		"<plan>\n1. A page\n" + final,
		"[Thinking] about it\n" + final,
		"[think](https://example.com)\n" + final,
		"<reasoning effort=\"high\">\n" + draft + "</reasoning>\n" + final,
		"<answer>\n" + final + "</answer>\n",
		"<think>x</think><answer>" + final + "</answer>\n",
		"<think>\n" + draft + "</think>\n<output>\n" + strings.TrimSuffix(final, "\n") + "</output>\n",
		"<|begin_of_thought|>\n" + draft + "<|end_of_thought|>\n\n<|begin_of_solution|>\n" + final + "<|end_of_solution|>\n",
		"analysisWe need a page. " + draft + "Good.assistantfinal" + final,
		"Here are my reasoning steps:\n" + draft + "[BEGIN FINAL RESPONSE]\n" + final + "[END FINAL RESPONSE]\n",
		"<thinking>\n<reflection>\n" + draft + "</reflection>\n" + draft + "</thinking>\n" + final,
		"<think>\n" + draft + "</think>\n" + final + "\nIt drops what stands before </think> here.\n",
		final + "\nA line that ends in `</think>`\n",
		"<|channel|>analysis<|message|>" + draft + "<|end|><|start|>assistant<|channel|>commentary<|message|>I begin.<|end|><|start|>assistant<|channel|>final<|message|>" + final + "<|return|>",
		"We see. " + draft + "<|end|><|start|>assistant<|channel|>final<|message|>Here it is:\n" + final,
		"<ThinkingDots />\n" + final,
		"<thinking>I see.</think>\n" + final,
		"<think>\n" + draft + "</thinking>\n" + final,
		"Thinking...\nI see.\n" + draft + "...done thinking.\n\n" + final,
		"<details type=\"reasoning\" done=\"true\">\n<summary>Thought for 3 seconds</summary>\n" + draft + "</details>\n" + final,
		"<|im_start|>think\n" + draft + "<|im_end|>\n<|im_start|>answer\n" + final + "<|im_end|>",
		"<details>\n<summary>The code</summary>\n\n" + final + "</details>\n",
	} {
		r := reply.Parse(text)
		if diff := cmp.Diff(kept, r.Files); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		checkEvents(t, r)
	}
}
