import sys
from pathlib import Path

# Worker processes import `steps` by name, as the tests do.
sys.path.insert(0, str(Path(__file__).parent))
