"""Keeps the stories and writes them out as folders."""
import json
import os

STORIES = {}


def story(name, text, ids, cause, harmless, first, codes, why, accept=(),
          reject=(), events=None, computers=None, file='input.txt'):
    """harmless is one answer, or a list of equally right ones.

    text is written as UTF-8; bytes are written as they are.
    """
    if name in STORIES:
        raise SystemExit('two stories named ' + name)
    want = {'events': len(ids) if events is None else events, 'cause': cause,
            'accept': list(accept), 'harmless': harmless,
            'first_remedy': list(first), 'error_codes': list(codes),
            'event_ids': list(ids), 'why': why}
    if reject:
        want['reject'] = list(reject)
    if computers:
        want['computers'] = computers
    STORIES[name] = (file, text, want)


def write(root):
    for name, (file, text, want) in STORIES.items():
        folder = os.path.join(root, name)
        os.makedirs(folder, exist_ok=True)
        if isinstance(text, str):
            text = text.encode('utf-8')
        with open(os.path.join(folder, file), 'wb') as f:
            f.write(text)
        with open(os.path.join(folder, 'expected.json'), 'w',
                  encoding='utf-8') as f:
            json.dump(want, f, ensure_ascii=False, indent=1)
            f.write('\n')
