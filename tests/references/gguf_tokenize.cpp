// What llama.cpp makes of texts: link with libllama and the ggml libraries.
//
//     gguf_tokenize MODEL FLAGS < texts > ids
//
// FLAGS: 1 adds the tokens around a text, 2 finds control tokens in it. A text is its length (4 bytes, little-endian) and its UTF-8; each gives one line.
#include "llama.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

int main(int count, char ** arguments) {
    if (count != 3) return 2;
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    llama_backend_init();
    llama_model_params parameters = llama_model_default_params();
    parameters.vocab_only = true;
    llama_model * model = llama_model_load_from_file(arguments[1], parameters);
    if (model == nullptr) return 1;
    const llama_vocab * vocabulary = llama_model_get_vocab(model);
    const int flags = std::atoi(arguments[2]);
    uint32_t length;
    while (std::fread(&length, sizeof length, 1, stdin) == 1) {
        std::string text(length, '\0');
        if (std::fread(text.data(), 1, length, stdin) != length) return 2;
        std::vector<llama_token> ids(length + 16);
        const int made = llama_tokenize(vocabulary, text.data(), length, ids.data(), ids.size(), flags & 1, flags & 2);
        if (made < 0) return 3;
        for (int i = 0; i < made; i++) std::printf(i ? " %d" : "%d", ids[i]);
        std::printf("\n");
    }
}
